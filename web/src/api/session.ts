// 会话: who is signed in and what the server says they may open.
import { reactive, readonly } from 'vue'
import { http, setCsrfToken } from './http'
import type { Page, Term } from './types'

export interface Session {
  signed_in: boolean
  csrf_token: string
  demo: boolean
  today: string
  setup_required?: boolean
  person?: { id: string; name: string; username: string; org_id: string; org_name: string; county?: string | null } | null
  roles: Term[]
  /** Action codes of the authorization table this person's roles hold somewhere. */
  allowed: string[]
  must_change_password: boolean
  second_factor: { enrolled: boolean; required: boolean; verified: boolean }
  last_login?: { at: string | null; ip: string | null; failures_since: number } | null
  unread: number
}

export interface DemoPerson {
  id: string
  name: string
  username: string
  org_name: string
  county?: string | null
  roles: Term[]
  does_zh: string
  does_en: string
}

const nobody: Session = {
  signed_in: false,
  csrf_token: '',
  demo: false,
  today: '',
  roles: [],
  allowed: [],
  must_change_password: false,
  second_factor: { enrolled: false, required: false, verified: false },
  unread: 0,
}

const state = reactive<{ session: Session; loaded: boolean }>({ session: { ...nobody }, loaded: false })

function take(session: Session): Session {
  state.session = { ...nobody, ...session }
  state.loaded = true
  setCsrfToken(session.csrf_token)
  return state.session
}

export const current = readonly(state)

export async function loadSession(): Promise<Session> {
  return take(await http.get<Session>('/api/session'))
}

export async function signIn(username: string, password: string): Promise<Session> {
  return take(await http.post<Session>('/api/session', { username, password }))
}

export async function verifySecondFactor(code: string): Promise<Session> {
  return take(await http.post<Session>('/api/session/second-factor', { code }))
}

export async function signOut(): Promise<void> {
  await http.delete('/api/session')
  await loadSession()
}

export async function changePassword(currentPassword: string, next: string): Promise<Session> {
  return take(await http.post<Session>('/api/session/password', { current: currentPassword, new: next }))
}

export const enrolTotp = () => http.post<{ secret: string; uri: string; qr_svg?: string }>('/api/session/totp')
export const confirmTotp = (code: string) => http.post<unknown>('/api/session/totp/confirm', { code })

export async function demoPeople(): Promise<DemoPerson[]> {
  return (await http.get<Page<DemoPerson>>('/api/demo/people')).items
}

export async function becomeDemoPerson(personId: string): Promise<Session> {
  return take(await http.post<Session>('/api/demo/session', { person_id: personId }))
}

/** What the menu asks; the server decides again at every request. */
export function may(...actions: string[]): boolean {
  return actions.length === 0 || actions.some((action) => state.session.allowed.includes(action))
}
