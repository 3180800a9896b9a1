// 会话: who is signed in, what the log-in still waits for, and what the server says they may open.
import { reactive, readonly } from 'vue'
import { http, setCsrfToken } from './http'
import type { Page, Term } from './types'

export interface Viewer {
  id: string
  username: string
  name: string
  org_id: string
  org_name: string
  office: Term | null
  county: string | null
}

export interface HeldRole {
  role: Term
  org_id: string
}

export interface LastLogin {
  /** Absent at the first log-in. */
  at: string | null
  ip: string | null
  failures: number
}

export type Stage = 'change_password' | 'enrol' | 'verify' | 'full'

export interface Session {
  signed_in: boolean
  setup_required: boolean
  demo: boolean
  today: string
  /** What the log-in still waits for; `full` once it is complete. Absent while nobody is signed in. */
  stage: (Term & { code: Stage }) | null
  person: Viewer | null
  roles: HeldRole[]
  /** Codes of the authorization table's actions these roles hold over anything: for menus only. */
  actions: string[]
  csrf_token: string
  last_login: LastLogin | null
  expires_at: string | null
  idle_minutes: number
  unread: number
}

/** What an authenticator application needs. */
export interface Enrolment {
  secret: string
  otpauth_url: string
  qr_svg: string
}

export interface DemoPerson {
  id: string
  username: string
  name: string
  org_name: string
  office: Term | null
  roles: Term[]
}

const nobody: Session = {
  signed_in: false,
  setup_required: false,
  demo: false,
  today: '',
  stage: null,
  person: null,
  roles: [],
  actions: [],
  csrf_token: '',
  last_login: null,
  expires_at: null,
  idle_minutes: 0,
  unread: 0,
}

const state = reactive<{ session: Session; loaded: boolean }>({ session: { ...nobody }, loaded: false })

function take(session: Partial<Session>): Session {
  state.session = { ...nobody, ...session }
  state.loaded = true
  setCsrfToken(state.session.csrf_token)
  return state.session
}

export const current = readonly(state)

/** Signed in, but with a step of the log-in still to take. */
export function unfinished(session: { readonly signed_in: boolean; readonly stage: { readonly code: string } | null }): boolean {
  return session.signed_in && session.stage?.code !== 'full'
}

export async function loadSession(): Promise<Session> {
  return take(await http.get<Session>('/api/session'))
}

export async function signIn(username: string, password: string): Promise<Session> {
  return take(await http.post<Session>('/api/session', { username, password }))
}

export async function signOut(): Promise<void> {
  await http.delete('/api/session')
  await loadSession()
}

export async function changePassword(present: string, password: string): Promise<Session> {
  return take(await http.post<Session>('/api/session/password', { current: present, password }))
}

/** A fresh key to enrol; asking again makes another until one is confirmed by its first code. */
export const beginEnrolment = () => http.get<Enrolment>('/api/session/second-factor')

/** The six digits: confirms an enrolment, or verifies the second factor of a log-in. */
export async function sendCode(code: string): Promise<Session> {
  return take(await http.post<Session>('/api/session/second-factor', { code }))
}

export async function demoPeople(): Promise<DemoPerson[]> {
  return (await http.get<Page<DemoPerson>>('/api/demo/people')).items
}

export async function becomeDemoPerson(personId: string): Promise<Session> {
  return take(await http.post<Session>('/api/demo/session', { person_id: personId }))
}

/** What the menu asks; the server decides again at every request. */
export function may(...actions: string[]): boolean {
  return actions.length === 0 || actions.some((action) => state.session.actions.includes(action))
}
