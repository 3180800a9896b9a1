// 登记: what the engineer filled in, as the server wants it. What must be filled in, the server says.
import type { Action } from '@/api/types'
import type { CaseInstance, EvidenceReport } from './types'

export interface Report {
  quantity: number | null
  evidence: Record<string, string>
}

/** An empty report: the quantity that was ordered, and a blank for each piece of evidence. */
export function emptyReport(instance: Pick<CaseInstance, 'ordered_quantity' | 'required'>): Report {
  return { quantity: instance.ordered_quantity, evidence: Object.fromEntries(instance.required.map((kind) => [kind.code, ''])) }
}

/** 回收 names no quantity: all of it is taken back. */
export function reportBody(action: Pick<Action, 'name'>, report: Report): Record<string, unknown> {
  const counted = action.name === 'reclaim' ? {} : { quantity: report.quantity }
  return { command: action.name, ...counted, evidence: report.evidence }
}

/** Fields that may not be blank, by the path a finding of the server would name. */
export function reportNeeds(action: Pick<Action, 'name'>, instance: Pick<CaseInstance, 'required'>, report: Report): [string, unknown][] {
  const shown = instance.required.map((kind): [string, unknown] => [`evidence.${kind.code}`, report.evidence[kind.code]])
  return action.name === 'reclaim' ? shown : [['quantity', report.quantity], ...shown]
}

/** The last report, which says where the instance stands. */
export function lastReport(instance: Pick<CaseInstance, 'evidence'>): EvidenceReport | null {
  return instance.evidence.at(-1) ?? null
}
