// 调配池与调配 as the server shows them.
import type { Action, Page, Term } from '@/api/types'

export interface PoolItem {
  id: string
  sku: string
  name: string
  unit: string
  quantity: number
  allocated: number
  left: number
  until: string
  from_case_id: string
  from_number: string
  from_agency: string
  erased: boolean
  /** 调配, for whom it is meant. */
  allocate: Action | null
}

/** 抵充测算. */
export interface Quote {
  on: string
  year_to: string
  covered_to: string
  price_from: string | null
  days: number
  covered_days: number
  year_days: number
  full_fen: number
  benefit_fen: number
  to_pay_fen: number
}

export interface Candidate {
  case_id: string
  number: string
  system_name: string
  agency_name: string
  state_zh: string
  change_id: string | null
  line: string
  row_zh: string
  wanted: number
  covered: number
  most: number
  quote: Quote
}

export type CandidatePage = Page<Candidate>

export interface Allocation {
  id: string
  number: string
  version: number
  state: Term
  why: Term | null
  change_id: string | null
  line: string
  row_zh: string
  sku: string
  name: string
  unit: string
  reserved: number
  quantity: number
  since: string | null
  until: string
  benefit_fen: number | null
  from_number: string
  from_agency: string
  created_on: string
  built: { id: string; is_server: boolean; name: string }[]
  actions: Action[]
}

export interface AllocationRow extends Allocation {
  case_id: string
  case_number: string
  system_name: string
  agency_name: string
}
