// 服务实例 as the server shows it.
import type { Action, Clause, Light, Term } from '@/api/types'

export interface EvidenceKind {
  code: string
  zh: string
  hint: string
  erases: boolean
}

export interface EvidenceItem {
  code: string
  zh: string
  text: string
  erases: boolean
}

export interface EvidenceReport {
  act: Term
  items: EvidenceItem[]
  operation_id: string | null
  reported_by: string
  reported_at: string
}

export interface Instance {
  id: string
  number: string
  version: number
  line: number
  sku: string
  name: string
  unit: string
  category_zh: string
  state: Term
  quantity: number
  approved_quantity: number
  ordered_quantity: number | null
  engine_name: string | null
  simulated: boolean
  way: string
  light: Light | null
}

/** On the case page: with what was shown, what is to be shown, and the buttons. */
export interface CaseInstance extends Instance {
  evidence: EvidenceReport[]
  required: EvidenceKind[]
  actions: Action[]
}

/** In the city's list. */
export interface InstanceRow extends Instance {
  case_id: string
  case_number: string
  system_name: string
  agency_name: string
}

export interface FulfilmentRow {
  category: string
  category_zh: string
  sku_prefix: string
  ways: string[]
  open: EvidenceKind[]
  change: EvidenceKind[]
  reclaim: EvidenceKind[]
}

export interface Fulfilment {
  columns: Term[]
  rows: FulfilmentRow[]
  clause: Clause
}
