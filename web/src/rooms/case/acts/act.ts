// 办理: where an act is sent, and which dialog asks for what it needs. Whether it may be done, the server says.
import type { Action } from '@/api/types'

export interface Way {
  path: string
  /** True where the act is a command on a row with a version. */
  versioned: boolean
}

const ROOMS: Record<string, string> = {
  application: 'applications',
  trial: 'trials',
  subscription: 'subscriptions',
  change: 'changes',
  termination: 'terminations',
  service_instance: 'service-instances',
}

export function wayOf(action: Pick<Action, 'room' | 'name' | 'subject_id'>): Way {
  if (action.room === 'trial' && action.name === 'notify') return { path: `/api/applications/${action.subject_id}/trial`, versioned: false }
  if (action.name === 'start_change') return { path: `/api/subscriptions/${action.subject_id}/changes`, versioned: false }
  if (action.name === 'start_termination') return { path: `/api/subscriptions/${action.subject_id}/terminations`, versioned: false }
  return { path: `/api/${ROOMS[action.room] ?? action.room}/${action.subject_id}/commands`, versioned: true }
}

/** Acts that need nothing but the decision to do them. */
const PLAIN = ['trial.notify', 'trial.acknowledge', 'change.submit', 'change.implement', 'change.implemented', 'termination.submit', 'termination.reclaim', 'termination.reclaimed']
/** Acts that need one text under a name of its own; the others call it `opinion`. */
const TEXT: Record<string, 'missing' | 'differences' | 'reason'> = {
  'application.request_supplement': 'missing',
  'subscription.dispute': 'differences',
  'trial.exit': 'reason',
}
/** Acts with a dialog of their own. */
const OWN = [
  'application.accept',
  'application.decline',
  'application.give_opinion',
  'application.conclude',
  'application.record_funding',
  'application.record_contract',
  'trial.open',
  'trial.deliver',
  'trial.report',
  'trial.request_extension',
  'subscription.start_change',
  'subscription.start_termination',
  'termination.certify',
] as const
export type OwnDialog = (typeof OWN)[number]
/** Acts that are finished in the form itself. */
const IN_FORM = ['application.submit', 'application.supplement']

export type Dialog = { kind: 'plain' } | { kind: 'text'; field: 'opinion' | 'missing' | 'differences' | 'reason' } | { kind: 'form' } | { kind: 'own'; name: OwnDialog }

export function dialogOf(action: Pick<Action, 'room' | 'name'>): Dialog {
  const name = `${action.room}.${action.name}`
  if (IN_FORM.includes(name)) return { kind: 'form' }
  if (PLAIN.includes(name)) return { kind: 'plain' }
  const own = OWN.find((one) => one === name)
  return own ? { kind: 'own', name: own } : { kind: 'text', field: TEXT[name] ?? 'opinion' }
}

/** Acts that end or refuse something, drawn apart from those that carry it on. */
const DANGER = ['decline', 'unit_return', 'consolidate_return', 'sign_return', 'return_report', 'refuse_extension', 'withdraw', 'exit', 'dispute', 'start_termination', 'reclaim']

export function toneOf(action: Pick<Action, 'name' | 'allowed'>): 'primary' | 'danger' | 'default' {
  if (!action.allowed) return 'default'
  return DANGER.includes(action.name) ? 'danger' : 'primary'
}

/** "1234.5" yuan as fen, or null where it is no amount: digits only, so that no float loses a fen. */
export function fenOf(text: string): number | null {
  const parts = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(text.trim().replace(/,/g, ''))
  if (!parts) return null
  return Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0'))
}

export function yuanText(fen: number): string {
  const digits = String(fen).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
