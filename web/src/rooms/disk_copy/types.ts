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
  scheduled: boolean
  created_at: string
  proof: CopyProof | null
  actions: Action[]
}

export interface ScheduleView {
  every_days: number
  hour: number
  keep: number
  due_at: string
  trouble_zh: string | null
  set_by: string
  set_at: string
  version: number
}

export interface Copies {
  snapshot: CopyCapacity
  backup: CopyCapacity
  disks: { id: string; zh: string; size_gib: number }[]
  items: DiskCopy[]
  may_order: boolean
  schedule: ScheduleView | null
  may_schedule: boolean
  schedule_refusal: NonNullable<Action['refusal']> | null
  restore_test_days: number
}
