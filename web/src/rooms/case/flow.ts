// 流程图: where a case stands among the twenty nodes of 附件1. Only what the server says of the case is read;
// which step may follow is never decided here.
import type { CaseView } from './types'

export type NodeState = 'done' | 'current' | 'late' | 'todo' | 'skipped' | 'stopped'

export interface FlowNode {
  number: string
  lane: number
  row: number
  /** Names of the limits that run here, as the server lists them. */
  limits: string[]
}

const node = (number: string, lane: number, row: number, ...limits: string[]): FlowNode => ({ number, lane, row, limits })

/** Six lanes: 使用单位, 主管单位/县政府, 市信息中心, 会审部门与专家, 市工信局·财政·市政府, 供应商. */
export const NODES: readonly FlowNode[] = [
  node('01', 0, 0),
  node('02', 0, 1),
  node('03', 1, 1, 'consolidation'),
  node('04', 2, 2, 'acceptance'),
  node('05', 3, 2, 'opinion'),
  node('06', 2, 3, 'review'),
  node('07', 2, 4),
  node('08', 4, 4),
  node('09', 4, 5),
  node('10', 4, 6),
  node('11', 2, 7),
  node('12', 5, 7, 'trial_delivery'),
  node('13', 0, 8, 'trial_min_days', 'trial_max_days'),
  node('14', 0, 9),
  node('15', 5, 9),
  node('16', 0, 10, 'confirmation'),
  node('17', 5, 11),
  node('18', 0, 12, 'change_review', 'change_implementation'),
  node('19', 0, 13, 'termination_review'),
  node('20', 5, 13, 'reclaim'),
]

export const EDGES: readonly (readonly [string, string])[] = [
  ['01', '02'],
  ['02', '03'],
  ['02', '04'],
  ['03', '04'],
  ['04', '05'],
  ['05', '06'],
  ['06', '07'],
  ['07', '08'],
  ['08', '09'],
  ['09', '10'],
  ['10', '11'],
  ['11', '12'],
  ['12', '13'],
  ['13', '14'],
  ['14', '15'],
  ['15', '16'],
  ['16', '17'],
  ['17', '18'],
  ['17', '19'],
  ['19', '20'],
]

/** What of a case the chart reads. */
export type FlowFacts = Pick<CaseView, 'state' | 'holders' | 'trial' | 'subscription' | 'changes' | 'terminations'> & {
  form: { request: { mode: string | null } }
}

interface Place {
  at: number
  /** The case ended here, short of its way. */
  stopped?: boolean
  /** This node itself is done as well. */
  past?: boolean
}

const APPLICATION: Record<string, Place> = {
  draft: { at: 1 },
  withdrawn: { at: 1, stopped: true },
  unit_review: { at: 2 },
  awaiting_consolidation: { at: 3 },
  submitted: { at: 4 },
  supplementing: { at: 4 },
  declined: { at: 4, stopped: true },
  under_review: { at: 5 },
  awaiting_signature: { at: 6 },
  rejected: { at: 6, stopped: true },
  approved: { at: 7 },
  listed: { at: 8 },
  ratified: { at: 9 },
  funded: { at: 10 },
  contracted: { at: 11 },
}

const TRIAL: Record<string, Place> = {
  notified: { at: 12 },
  preparing: { at: 12 },
  running: { at: 13 },
  extension_asked: { at: 13 },
  failed: { at: 13 },
  stopped: { at: 13 },
  reported: { at: 14 },
  passed: { at: 15 },
  activated: { at: 15, past: true },
  exited: { at: 13, stopped: true },
}

const SUBSCRIPTION: Record<string, Place> = {
  awaiting_confirmation: { at: 16 },
  disputed: { at: 16 },
  running: { at: 17 },
  ended: { at: 17, past: true },
}

const TERMINATION: Record<string, Place> = {
  draft: { at: 19 },
  unit_review: { at: 19 },
  submitted: { at: 19 },
  approved: { at: 20 },
  reclaiming: { at: 20 },
  reclaimed: { at: 20 },
  closed: { at: 20, past: true },
}

/** Over without effect: the chart takes no notice of them. */
const VOID = ['declined', 'withdrawn']

function mainPlace(facts: FlowFacts): Place {
  if (facts.subscription) return SUBSCRIPTION[facts.subscription.state.code] ?? { at: 17 }
  if (facts.trial) return TRIAL[facts.trial.state.code] ?? { at: 12 }
  const place = APPLICATION[facts.state.code] ?? { at: 1 }
  const waits = facts.holders.map((holder) => holder.kind)
  const allHeard = place.at === 5 && waits.includes('conclude') && !waits.includes('give_opinion')
  return allHeard ? { at: 6 } : place
}

function stateAt(number: number, place: Place): NodeState {
  if (number < place.at || (number === place.at && place.past)) return 'done'
  if (number === place.at) return place.stopped ? 'stopped' : 'current'
  return place.stopped ? 'skipped' : 'todo'
}

function changeState(facts: FlowFacts, over: boolean): NodeState {
  const codes = facts.changes.map((one) => one.state.code).filter((code) => !VOID.includes(code))
  if (codes.some((code) => code !== 'done')) return 'current'
  if (codes.length) return 'done'
  return over ? 'skipped' : 'todo'
}

/** The state of every node. */
export function nodeStates(facts: FlowFacts): Record<string, NodeState> {
  const main = mainPlace(facts)
  const ends = facts.terminations.filter((one) => !VOID.includes(one.state.code)).map((one) => TERMINATION[one.state.code] ?? { at: 19 })
  const end = ends.at(-1)
  const over = Boolean(main.stopped || end?.past)
  const states = Object.fromEntries(
    NODES.map(({ number }) => {
      const at = Number(number)
      if (at <= 17) return [number, stateAt(at, main)]
      if (at === 18) return [number, changeState(facts, over)]
      return [number, end ? stateAt(at, end) : main.stopped ? 'skipped' : 'todo']
    }),
  ) as Record<string, NodeState>
  // 专项 goes straight to the centre.
  if (facts.form.request.mode === 'special' && states['03'] !== 'current') states['03'] = 'skipped'
  if (facts.holders.some((holder) => holder.light?.colour === 'red')) {
    const last = NODES.filter(({ number }) => states[number] === 'current').at(-1)
    if (last) states[last.number] = 'late'
  }
  return states
}
