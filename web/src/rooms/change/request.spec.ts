import { describe, expect, it } from 'vitest'
import { emptyServer } from '@/rooms/application/rows'
import type { Form } from '@/rooms/application/types'
import { rowEdits, serverChanges, serviceChanges, serviceEdits } from './request'

const disk = (size_gib: number) => ({ size_gib, kind: 'high_io', quantity: 1 })
const form = {
  servers: [
    { ...emptyServer(), vcpu: 4, memory_gib: 8, data_disks: [disk(100), disk(200)] },
    { ...emptyServer(), vcpu: 2, memory_gib: 4 },
  ],
  services: [
    { sku: 'SEC-WAF-3K', quantity: 1, basis: '' },
    { sku: 'OBS-STD', quantity: 500, basis: '' },
    { sku: 'DCL-50M', quantity: 0, basis: '' },
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
    const draft = { servers: [{ index: 0, memory_gib: 16, data_disks_gib: [] }], services: [], reason: '', fallback: '', fund_source: '' }
    const edits = rowEdits(form, draft)
    expect(edits[0]).toEqual({ index: 0, vcpu: 4, memory_gib: 16, disks: [100, 200] })
    expect(serverChanges(form, edits)).toEqual([{ index: 0, memory_gib: 16, data_disks_gib: [] }])
  })
})

describe('a change of other services', () => {
  it('is empty while nothing was changed, and offers no row that was given up', () => {
    expect(serviceEdits(form).map((edit) => edit.index)).toEqual([0, 1])
    expect(serviceChanges(form, serviceEdits(form))).toEqual([])
  })
  it('names the quantity that differs; a cleared one stays, 0 gives the row up', () => {
    const edits = serviceEdits(form)
    edits[0]!.quantity = 0
    edits[1]!.quantity = null
    expect(serviceChanges(form, edits)).toEqual([{ index: 0, quantity: 0 }])
  })
  it('goes on from a draft', () => {
    const draft = { servers: [], services: [{ index: 1, quantity: 800 }], reason: '', fallback: '', fund_source: '' }
    expect(serviceChanges(form, serviceEdits(form, draft))).toEqual([{ index: 1, quantity: 800 }])
  })
})
