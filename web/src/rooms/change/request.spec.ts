import { describe, expect, it } from 'vitest'
import { emptyServer } from '@/rooms/application/rows'
import type { Form } from '@/rooms/application/types'
import { rowEdits, serverChanges } from './request'

const disk = (size_gib: number) => ({ size_gib, kind: 'high_io', quantity: 1 })
const form = {
  servers: [
    { ...emptyServer(), vcpu: 4, memory_gib: 8, data_disks: [disk(100), disk(200)] },
    { ...emptyServer(), vcpu: 2, memory_gib: 4 },
  ],
} as Form

describe('a change names only what differs', () => {
  it('is empty while nothing was changed', () => {
    expect(serverChanges(form, rowEdits(form))).toEqual([])
  })
  it('sends one figure of one row', () => {
    const edits = rowEdits(form)
    edits[1]!.vcpu = 4
    expect(serverChanges(form, edits)).toEqual([{ index: 1, vcpu: 4, data_disks_gib: [] }])
  })
  it('takes a cleared figure as unchanged', () => {
    const edits = rowEdits(form)
    edits[0]!.vcpu = null
    edits[0]!.disks[0] = null
    expect(serverChanges(form, edits)).toEqual([])
  })
  it('sends every disk of a row once one differs', () => {
    const edits = rowEdits(form)
    edits[0]!.disks[1] = 500
    expect(serverChanges(form, edits)).toEqual([{ index: 0, data_disks_gib: [100, 500] }])
  })
  it('goes on from a draft', () => {
    const draft = { servers: [{ index: 0, memory_gib: 16, data_disks_gib: [] }], reason: '', fallback: '', fund_source: '' }
    const edits = rowEdits(form, draft)
    expect(edits[0]).toEqual({ index: 0, vcpu: 4, memory_gib: 16, disks: [100, 200] })
    expect(serverChanges(form, edits)).toEqual([{ index: 0, memory_gib: 16, data_disks_gib: [] }])
  })
})
