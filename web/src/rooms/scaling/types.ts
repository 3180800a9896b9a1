// 伸缩策略 as the server shows it.
import type { Action, Term } from '@/api/types'

export interface Figures {
  metric: string
  out_percent: number
  out_minutes: number
  in_percent: number
  in_minutes: number
  lower: number
  upper: number
  step: number
  cooldown_minutes: number
}

export interface PolicyRow {
  id: string
  number: string
  version: number
  state: Term
  cause: Term | null
  case_id: string
  case_number: string
  system_name: string
  agency_name: string
  line: number
  host_name: string
  policy: Figures
  metric: Term
  approved: number
  running: number
  resting: number
  suspended: number
  engine_name: string
  simulated: boolean
  by_hand: boolean
  decision_zh: string | null
  decided_at: string | null
  acted_at: string | null
  actions: Action[]
}

export interface Sample {
  at: string
  percent: number
  running: number
}

export interface Taken {
  id: string
  at: string
  out: boolean
  zh: string
  from_running: number
  to_running: number
  available: number
  servers: string[]
  operation_id: string
  operation_state: Term
}

export interface Bounds {
  gap_percent: number
  hold_minutes_min: number
  hold_minutes_max: number
  cooldown_minutes_min: number
  cooldown_minutes_max: number
  step_max: number
}

export interface PolicyDetail extends PolicyRow {
  measures: Term[]
  bounds: Bounds
  servers: { id: string; name: string; rest: Term | null; power: Term | null }[]
  samples: Sample[]
  taken: Taken[]
}

export interface Group {
  case_id: string
  case_number: string
  system_name: string
  line: number
  host_name: string
  servers: number
  engine_name: string
  simulated: boolean
  measures: Term[]
  by_hand: boolean
}

export interface GroupPage {
  items: Group[]
  bounds: Bounds
}
