// 堡垒机 as the server shows it.
import type { Action, Light, Term } from '@/api/types'

export interface Account {
  id: string
  number: string
  version: number
  state: Term
  reason: string | null
  user_name: string
  user_kind_zh: string
  organisation: string
  mobile: string
  hosts: string[]
  ways: Term[]
  source: string
  hours: Term
  valid_from: string
  valid_to: string
  certificate: { serial: number; fingerprint: string; issued_by: string; valid_before: string } | null
  actions: Action[]
}

export interface Grant {
  id: string
  number: string
  version: number
  state: Term
  cause: Term | null
  person_name: string
  org_name: string
  hosts: string[]
  transfers: Term[]
  source: string
  from: string
  until: string
  purpose: string
  requested_at: string
  decided_by: string | null
  decided_on: string | null
  opinion: string | null
  in_force: boolean
  light: Light | null
  actions: Action[]
}

export interface GrantRow extends Grant {
  case_id: string
  case_number: string
  system_name: string
  agency_name: string
}

export interface CaseBastion {
  accounts: Account[]
  grants: Grant[]
  hosts: string[]
  may_request: boolean
  may_ask_certificate: boolean
}

export interface Certificate {
  serial: number
  key_id: string
  certificate: string
  file_name: string
  fingerprint: string
  hosts: string[]
  source: string
  valid_before: string
  commands: { jump_host: string; protocol: Term; command: string }[]
}

export interface SessionRow {
  id: string
  jump_host: string
  serial: number
  basis_number: string | null
  by_grant: boolean
  case_id: string | null
  case_number: string | null
  system_name: string | null
  agency_name: string | null
  person_name: string
  source: string
  host: string
  protocol: Term
  single_command: boolean
  barred: Term | null
  started_at: string
  ended_at: string | null
  cut: Term | null
  exit_code: number | null
  record_bytes: number | null
  truncated: boolean
}

export interface SessionRecord {
  id: string
  command: string | null
  record: string | null
  files: FileLine[]
  truncated: boolean
}

export interface FileLine {
  at: string
  operation: Term
  path: string
  to: string | null
  bytes: number | null
  outcome: Term
}

export interface AlarmRow {
  id: string
  number: string
  version: number
  kind: Term
  state: Term
  case_id: string | null
  case_number: string | null
  system_name: string | null
  agency_name: string | null
  person_name: string
  source: string
  host: string
  detail: string
  occurrences: number
  first_at: string
  last_at: string
  opinion: string | null
  light: Light | null
  actions: Action[]
}

export interface JumpHost {
  id: string
  name: string
  address: string
  port: number
  login: string
  active: boolean
  version: number
  seen_at: string | null
  token: string | null
}

export interface SigningKey {
  version: number
  public_key: string
  fingerprint: string
  created_at: string
  created_by: string
}
