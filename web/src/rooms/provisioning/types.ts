// 云资源 as the server shows it.
import type { Action, Term } from '@/api/types'

export interface SpecView {
  vcpu: number
  memory_mib: number
  disks_gib: number[]
}

export interface ResourceRow {
  id: string
  name: string
  kind: string
  spec: SpecView
  phase: Term
  rest: Term | null
  engine_name: string
  engine_kind: string
  simulated: boolean
  address: string | null
  public_address: string | null
  observed_at: string | null
  case_id: string
  case_number: string
  system_name: string
  agency_name: string
}

export interface Difference {
  field: string
  zh: string
  approved: string | null
  recorded: string | null
  real: string | null
}

export interface Observed {
  network: boolean
  server: {
    external_name: string
    power: 'running' | 'stopped'
    shape: { vcpu: number; memory_mib: number }
    mark: 'trial' | 'production' | null
    address: string | null
    public_address: string | null
  } | null
  disks: { id: string; size_gib: number; attached: boolean }[]
}

export interface Erasure {
  disk: string
  /** The snapshot or backup that went; absent where it was the disk itself. */
  copy?: string
  what: string
  size_gib: number
  bytes: number
  method: string
  passes: number
  at: string
  sm3_after: string | null
  attested_by: string
}

export interface ResourceDetail extends ResourceRow {
  approved: SpecView
  recorded: SpecView
  /** What it was made with; absent of servers opened before that was recorded. */
  operating_system: Term | null
  architecture: Term | null
  system_disk_kind: Term | null
  dedicated_hosts: number | null
  /** 网络开放 in words: as granted, and as the cloud has it where its engine opens ports at all. */
  access_zh: string
  access_real_zh: string | null
  observed: Observed | null
  differences: Difference[]
  erasures: Erasure[]
  rest_reason: string | null
  rested_at: string | null
  policy: { id: string; number: string; state: Term } | null
  actions: Action[]
  may_console?: boolean
}

export interface StepView {
  position: number
  zh: string
  state: Term
  error_zh: string | null
}

export interface OperationView {
  id: string
  kind: Term
  state: Term
  error_zh: string | null
  error_en: string | null
  away_since: string | null
  started_at: string | null
  finished_at: string | null
  steps: StepView[]
}

export interface OperationRow extends OperationView {
  case_id: string
  case_number: string
  system_name: string
  engine_name: string
}
