// 办件 as the server shows it.
import type { Action, Clause, Finding, Light, Term } from '@/api/types'
import type { BastionLine, Estimate, Form, Quote } from '@/rooms/application/types'
import type { Allocation } from '@/rooms/allocation/types'
import type { CaseInstance } from '@/rooms/service_instance/types'
import type { Stage } from '@/ui/StageStrip.vue'
import type { Happening } from '@/ui/Timeline.vue'

/** A state stored beside a case: no English is kept there. */
export interface StateWords {
  code: string
  zh: string
  en?: string
}

export interface CaseItem {
  id: string
  number: string
  system_name: string
  agency_id: string
  agency_name: string
  county: string | null
  stage: Term
  state: StateWords
  mode: Term | null
  fee_fen_per_year: number
  light: Light | null
  created_on: string
}

export interface WorkItem {
  id: string
  case_id: string
  room: string
  number: string
  system_name: string
  agency_name: string
  kind: string
  kind_zh: string
  role_zh: string | null
  state: StateWords
  light: Light | null
  at: string
}

export interface Holder {
  role_zh: string
  person_name: string | null
  kind: string
  kind_zh: string
  light: Light | null
}

export interface Cut {
  target: 'server' | 'service'
  index: number
  quantity?: number | null
  vcpu?: number | null
  memory_gib?: number | null
  reason: string
}

export interface Conclusion {
  approved: boolean
  opinion: string
  urgency: string
  cuts: Cut[]
}

export interface DepartmentOpinion {
  department: string
  verdict: string
  opinion: string
  score: number | null
  by: string
  on: string | null
}

export interface Attachment {
  id: string
  kind: Term
  file_name: string
  size_bytes: number
  uploaded_by: string
  uploaded_at: string
  removable: boolean
}

export interface CaseDocument {
  id: string
  kind: Term
  number: string
  verification_code: string
  issued_on: string
}

export interface Report {
  function_cases: number
  function_passed: number
  performance_passed: boolean
  performance: string
  high_risks: number
  medium_risks: number
  low_risks: number
  security: string
  backup_verified: boolean
  passed: boolean
  opinion: string
}

export interface Trial {
  id: string
  number: string
  version: number
  state: Term
  notified_on: string
  period: { delivered_on: string; until: string; extensions: number } | null
  report: Report | null
  extension: { days: number; reason: string } | null
}

export interface Subscription {
  id: string
  number: string
  version: number
  state: Term
  from: string
  to: string
  days: number
  remaining_days: number
}

export interface ServerChange {
  index: number
  vcpu?: number | null
  memory_gib?: number | null
  data_disks_gib: number[]
}

export interface ServiceChange {
  index: number
  quantity: number
}

export interface AccountChange {
  index: number
  protocols: string[]
  transfers: string[]
  hosts: string[]
  source: string
  hours: string
  valid_from: string
  valid_to: string
}

export interface ChangeRequest {
  servers: ServerChange[]
  services: ServiceChange[]
  accounts: AccountChange[]
  new_accounts: BastionLine[]
  reason: string
  fallback: string
  fund_source: string
  estimate?: Estimate | null
}

export interface Change {
  id: string
  number: string
  version: number
  state: Term
  request: ChangeRequest
  dearer_by_fen: number
  this_year_fen: number
  created_on: string
}

export interface TerminationRequest {
  reason: string
  offline_on: string
  system_offline: boolean
  data_backed_up: boolean
  backup_place: string
  accounts_listed: boolean
  disposal: string
  remark: string
}

export interface Termination {
  id: string
  number: string
  version: number
  state: Term
  request: TerminationRequest
  created_on: string
}

export interface Resource {
  id: string
  name: string
  kind: string
  spec: { vcpu: number; memory_mib: number; disks_gib: number[] }
  phase: Term
  rest: Term | null
  engine_name: string
  engine_kind: string
  simulated: boolean
  address: string | null
  public_address: string | null
  observed_at: string | null
}

export interface OperationStep {
  position: number
  zh: string
  state: Term
  error_zh: string | null
}

export interface Operation {
  id: string
  kind: Term
  state: Term
  error_zh: string | null
  error_en: string | null
  away_since: string | null
  started_at: string | null
  finished_at: string | null
  steps: OperationStep[]
}

export interface EngineChoice {
  id: string
  name: string
  kind: string
  healthy: boolean
  zh: string
}

export interface ChargeEntry {
  id: string
  on: string
  line: string
  sku: string
  name: string
  quantity: number
  kind: Term
  fen: number
  days: number
  clause: Clause
  formula: string
}

export interface Account {
  subscription_id: string
  opened_on: string
  ends_on: string
  payable_fen: number
  saved_fen: number
  benefit_fen: number
  answer: {
    total_fen?: number
    accruals?: { year: number; fen: number }[]
    shares?: { payer: string; fen: number }[]
    pool?: { line: string; sku: string; quantity: number; until: string }[]
  } | null
  entries: ChargeEntry[]
}

export interface Movement {
  on: string
  kind: Term
  debit: Term
  credit: Term
  fen: number
  reference: string
  charge_id: string | null
}

export interface Explanation extends ChargeEntry {
  case_number: string
  system_name: string
  agency_name: string
  opened_on: string
  ends_on: string
  year_days: number
  covers_from: string
  covers_to: string
  allocation: string | null
  clause_text: string
  prices: { version: string; from: string; to: string; sku: string; fen_per_year: number }[]
  recomputed_fen: number
  agrees: boolean
}

export interface CaseView extends Quote {
  id: string
  number: string
  version: number
  system_name: string
  agency: { id: string; name: string; county: string | null; credit_code: string | null }
  created_by_name: string
  created_on: string
  stage: Term
  stages: Stage[]
  state: StateWords
  holders: Holder[]
  form: Form
  granted: Form | null
  conclusion: Conclusion | null
  opinions: DepartmentOpinion[]
  findings: Finding[]
  editable: boolean
  required_materials: (Term & { present: boolean })[]
  attachments: Attachment[]
  trial: Trial | null
  subscription: Subscription | null
  changes: Change[]
  terminations: Termination[]
  resources: Resource[]
  operations: Operation[]
  service_instances: CaseInstance[]
  allocations: Allocation[]
  charges: { accounts: Account[]; movements: Movement[] } | null
  documents: CaseDocument[]
  timeline: Happening[]
  actions: Action[]
  engines: EngineChoice[]
}

/** What a command answers. */
export interface Answer {
  id: string
  version: number
  state: Term
}
