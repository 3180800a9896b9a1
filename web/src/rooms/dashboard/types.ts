// 驾驶舱 as the server shows it.
import type { Light, Term } from '@/api/types'

export interface Month {
  month: string
  activated: number
  ended: number
}

export interface CountyCount {
  county: string
  name: string
  systems: number
  fee_fen: number
}

export interface OverdueItem {
  case_id: string
  number: string
  system_name: string
  kind_zh: string
  light: Light
}

export interface DashboardView {
  agencies: number
  systems: number
  servers: number
  vcpu: number
  memory_gib: number
  disk_gib: number
  fee_fen_per_year: number
  by_stage: { stage: Term; count: number }[]
  by_county: CountyCount[]
  lights: { green: number; yellow: number; red: number }
  overdue: OverdueItem[]
  months: Month[]
}
