// 快照与备份 as the server shows them.
import type { Action, Term } from '@/api/types'

export interface CopyCapacity {
  kind: Term
  approved_gib: number
  used_gib: number
  refusal: NonNullable<Action['refusal']> | null
}

export interface CopyProof {
  what: string
  bytes: number
  compared: string
  passed: boolean
  sm3: string | null
  at: string
  attested_by: string
}

export interface DiskCopy {
  id: string
  number: string
  version: number
  kind: Term
  disk_zh: string
  size_gib: number
  state: Term
  taken_at: string | null
  ordered_by: string
  created_at: string
  proof: CopyProof | null
  actions: Action[]
}

export interface Copies {
  snapshot: CopyCapacity
  backup: CopyCapacity
  disks: { id: string; zh: string; size_gib: number }[]
  items: DiskCopy[]
  may_order: boolean
  restore_test_days: number
}
