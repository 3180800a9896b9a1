// 审计日志 as the server shows it.
import type { Clause, Term } from '@/api/types'

export interface AuditItem {
  id: string
  position: number | null
  at: string
  actor_name: string
  org_name: string | null
  roles: string[]
  ip: string | null
  action: string
  action_zh: string
  object_kind: string
  object_id: string
  case_id: string | null
  clause: Clause | null
  outcome: Term
  summary: string
  before: unknown
  after: unknown
  hash: string | null
}

export interface ChainState {
  sealed: number
  pending: number
  last_position: number
  last_hash: string | null
  last_anchor: { position: number; at: string; key_version: number } | null
  verified: { ok: boolean; checked: number; first_bad: number | null; at: string } | null
}

export interface Verification {
  ok: boolean
  checked: number
  first_bad: number | null
  why_zh: string | null
}
