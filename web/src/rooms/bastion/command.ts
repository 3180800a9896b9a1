// Where an act of this room is sent, and what it says besides its name.
import type { Action } from '@/api/types'

const ROOMS: Record<string, string> = { bastion_account: 'bastion-accounts', access_grant: 'access-grants', access_alarm: 'access-alarms' }
/** Acts whose text is a reason; the others call it opinion. */
const REASON = ['lock', 'revoke']
const PLAIN = ['withdraw']
const DANGER = ['lock', 'revoke', 'refuse', 'withdraw']

export const commandPath = (action: Pick<Action, 'room' | 'subject_id'>) => `/api/${ROOMS[action.room] ?? action.room}/${action.subject_id}/commands`
export const textOf = (action: Pick<Action, 'name'>): 'reason' | 'opinion' | null => (PLAIN.includes(action.name) ? null : REASON.includes(action.name) ? 'reason' : 'opinion')
export const isDanger = (action: Pick<Action, 'name'>) => DANGER.includes(action.name)

export function commandBody(action: Pick<Action, 'name'>, text: string): Record<string, string> {
  const field = textOf(action)
  return { command: action.name, ...(field ? { [field]: text } : {}) }
}
