// 核减: only lines whose granted figure was filled in become cuts; the server holds them to what was asked.
import type { Form } from '@/rooms/application/types'
import type { Cut } from '../types'

export interface CutRow {
  target: Cut['target']
  index: number
  quantity: number | null
  vcpu: number | null
  memory_gib: number | null
  reason: string
}

/** One row for every line of the form that could be cut, nothing filled in. */
export function cutRows(form: Form): CutRow[] {
  const blank = { quantity: null, vcpu: null, memory_gib: null, reason: '' }
  return [
    ...form.servers.map((_, index) => ({ target: 'server' as const, index, ...blank })),
    ...form.services.map((_, index) => ({ target: 'service' as const, index, ...blank })),
  ]
}

export function isCut(row: CutRow): boolean {
  return row.quantity !== null || row.vcpu !== null || row.memory_gib !== null
}

export function cutsOf(rows: readonly CutRow[]): Cut[] {
  return rows.filter(isCut).map(({ target, index, quantity, vcpu, memory_gib, reason }) => ({
    target,
    index,
    ...(quantity === null ? {} : { quantity }),
    ...(vcpu === null ? {} : { vcpu }),
    ...(memory_gib === null ? {} : { memory_gib }),
    reason,
  }))
}

/** The path under which the server speaks of this row. */
export function pathOf(rows: readonly CutRow[], row: CutRow): string {
  return `conclusion.cuts[${rows.filter(isCut).indexOf(row)}]`
}
