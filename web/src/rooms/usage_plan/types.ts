// 使用计划 as the server shows it.
import type { Action, Term } from '@/api/types'

export interface PlanSummary {
  id: string
  number: string
  year: number
  version: number
  state: Term
  rows: number
  total_fen: number
}

export interface PlanLine {
  application_id: string
  number: string
  system_name: string
  agency_name: string
  urgency: Term
  fee_fen_per_year: number
}

export interface Ratification {
  document_number: string
  ratified_on: string
}

export interface PlanView extends PlanSummary {
  ratification: Ratification | null
  applications: PlanLine[]
  candidates: PlanLine[]
  actions: Action[]
}

/** What a command of a room answers. */
export interface Answer {
  id: string
  version: number
  state: Term
}
