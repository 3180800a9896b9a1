// What an act on a copy sends, what it asks for, and the colours that support its state.
import type { Action } from '@/api/types'
import type { Tone } from '@/ui/TermTag.vue'

const STATES: Record<string, Tone> = { ordered: 'blue', ready: 'green', restoring: 'yellow', proving: 'blue', dropping: 'yellow', dropped: 'plain', lost: 'red' }
export const toneOfCopy = (code: string): Tone => STATES[code] ?? 'plain'

/** The field an act fills in, where it does: the typed name of the server, or a reason. */
export const fieldOf = (action: Pick<Action, 'name'>): 'confirm' | 'reason' | null =>
  action.name === 'restore' ? 'confirm' : action.name === 'write_off' ? 'reason' : null

export const isDanger = (action: Pick<Action, 'name'>) => ['restore', 'drop', 'write_off'].includes(action.name)

export function commandBody(action: Pick<Action, 'name'>, text: string): Record<string, string> {
  const field = fieldOf(action)
  return { command: action.name, ...(field ? { [field]: text } : {}) }
}

/** How much of the approved is used, 0–100, for the bar. */
export function share(capacity: { approved_gib: number; used_gib: number }): number {
  if (capacity.approved_gib <= 0) return capacity.used_gib > 0 ? 100 : 0
  return Math.min(100, Math.round((capacity.used_gib / capacity.approved_gib) * 100))
}

/** GB that a schedule takes: of every disk as many as stay, and one more while they change. */
export function roomFor(disks: { size_gib: number }[], keep: number): number {
  return disks.reduce((sum, disk) => sum + disk.size_gib, 0) * (keep + 1)
}
