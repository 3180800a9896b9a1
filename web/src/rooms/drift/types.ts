// 偏差核对 as the server shows it.
import type { Action, Page, Term } from '@/api/types'
import type { Difference } from '@/rooms/provisioning/types'

export interface ItemView {
  sku: string
  name: string
  unit: string
  quantity: number
  fen_per_year: number
}

export interface ColumnView {
  items: ItemView[]
  fen_per_year: number
}

export interface FoundObject {
  kind: string
  external_name: string
  resource: string | null
  shape?: { vcpu: number; memory_mib: number } | null
  power?: 'running' | 'stopped' | null
  disks_gib?: number[]
}

export interface DriftRow {
  id: string
  version: number
  kind: Term
  state: Term
  advice_zh: string
  advice_en: string
  name: string
  engine_id: string
  engine_name: string
  simulated: boolean
  resource_id: string | null
  case_id: string | null
  case_number: string | null
  system_name: string | null
  agency_id: string | null
  agency_name: string | null
  differences: Difference[]
  approved: ColumnView | null
  charged: ColumnView | null
  real: ColumnView | null
  object: FoundObject | null
  paid_fen: number
  unpaid_fen: number
  first_seen_at: string
  seen_at: string
  note: { responsible: Term; opinion: string; on: string } | null
  actions: Action[]
}

export interface DriftSums {
  count: number
  paid_count: number
  paid_fen: number
  unpaid_count: number
  unpaid_fen: number
}

export type DriftPage = Page<DriftRow> & { sums: DriftSums | null }
