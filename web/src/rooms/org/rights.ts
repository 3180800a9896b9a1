// The authorization table turned: by role as it comes, by action as an auditor reads it; pure.
import type { Clause, Term } from '@/api/types'
import type { RoleRow } from './types'

export interface ActionRow {
  code: string
  zh: string
  clause: Clause | null
  holders: { role: Term; scope: Term }[]
}

const has = (texts: (string | undefined)[], wanted: string) => texts.some((text) => text?.toLowerCase().includes(wanted))

/** A role whose name fits is shown whole; otherwise only the actions that fit. */
export function byRole(rows: readonly RoleRow[], search: string): RoleRow[] {
  const wanted = search.trim().toLowerCase()
  if (!wanted) return [...rows]
  return rows
    .map((row) => {
      if (has([row.role.zh, row.role.en, row.role.code], wanted)) return row
      return { ...row, actions: row.actions.filter((action) => has([action.zh, action.code, action.clause?.cite], wanted)) }
    })
    .filter((row) => row.actions.length > 0)
}

export function byAction(rows: readonly RoleRow[], search: string): ActionRow[] {
  const found = new Map<string, ActionRow>()
  for (const row of rows) {
    for (const action of row.actions) {
      const one = found.get(action.code) ?? { code: action.code, zh: action.zh, clause: action.clause, holders: [] }
      one.holders.push({ role: row.role, scope: action.scope })
      found.set(action.code, one)
    }
  }
  const wanted = search.trim().toLowerCase()
  return [...found.values()].filter((one) => has([one.zh, one.code, one.clause?.cite, ...one.holders.map((holder) => holder.role.zh)], wanted))
}
