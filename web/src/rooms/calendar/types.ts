// 法规与时限 as the server shows them.
import type { Clause, Term } from '@/api/types'

export interface DayView {
  date: string
  kind: 'holiday' | 'workday'
  source: Term
  name: string
}

export interface ImportView {
  number: number
  source: string
  years: number[]
  file_name: string
  imported_by_name: string
  imported_at: string
}

export interface CalendarView {
  version: string
  years: number[]
  estimated_years: number[]
  today: string
  days: DayView[]
  working_days: number
  imports: ImportView[]
}

export interface LimitRow {
  name: string
  value: number
  unit: string
  unit_zh: string
  clause: Clause
  decision: string | null
  from: string
  kind: 'statutory' | 'internal'
  kind_zh: string
  timer: string | null
  zh: string
}

export interface Division {
  code: string
  zh: string
  short: string
  kind: string
  former_code: string | null
  from: number | null
}

export interface Due {
  due_on: string
  working_days: string[]
}
