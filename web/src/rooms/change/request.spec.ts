import { describe, expect, it } from 'vitest'
import { emptyAccount, emptyServer } from '@/rooms/application/rows'
import type { Form } from '@/rooms/application/types'
import { accountChanges, accountEdits, accountPath, newAccounts, rowEdits, serverChanges, serviceChanges, serviceEdits } from './request'

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
  bastion_accounts: [
    { ...emptyAccount(), user_name: '覃工', protocols: ['ssh'], hosts: ['app'], hours: undefined, valid_from: '2026-01-01', valid_to: '2026-12-31' },
    { ...emptyAccount(), user_name: '韦工', hosts: [] },
    { ...emptyAccount(), user_name: '农工', protocols: ['ssh'], hosts: ['app'], valid_from: '2026-01-01', valid_to: '2026-12-31' },
  ],
} as unknown as Form

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
    const draft = { servers: [{ index: 0, memory_gib: 16, data_disks_gib: [] }], services: [], accounts: [], new_accounts: [], reason: '', fallback: '', fund_source: '' }
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
    const draft = { servers: [], services: [{ index: 1, quantity: 800 }], accounts: [], new_accounts: [], reason: '', fallback: '', fund_source: '' }
    expect(serviceChanges(form, serviceEdits(form, draft))).toEqual([{ index: 1, quantity: 800 }])
  })
})

describe('a change of bastion accounts', () => {
  it('is empty while nothing was changed, and offers none that was given up', () => {
    const edits = accountEdits(form)
    expect(edits.map((edit) => edit.line.user_name)).toEqual(['覃工', '农工'])
    expect([accountChanges(form, edits), newAccounts(edits)]).toEqual([[], []])
  })
  it('says of a changed one all that may change, and of one given up that it has no hosts', () => {
    const edits = accountEdits(form)
    edits[0]!.line.valid_to = '2027-12-31'
    edits[1]!.gone = true
    const of = (index: number, more: object) => ({ index, protocols: ['ssh'], transfers: [], hosts: ['app'], source: '', hours: 'office', valid_from: '2026-01-01', valid_to: '2026-12-31', ...more })
    expect(accountChanges(form, edits)).toEqual([of(0, { valid_to: '2027-12-31' }), of(2, { hosts: [] })])
  })
  it('knows the rows by the names the server gives them', () => {
    const edits = [...accountEdits(form), { index: null, line: emptyAccount(), gone: false }]
    edits[1]!.line.source = '10.1.2.0/24'
    expect(edits.map((edit) => accountPath(form, edits, edit))).toEqual(['accounts[-1]', 'accounts[0]', 'new_accounts[0]'])
  })
  it('goes on from a draft', () => {
    const edits = accountEdits(form)
    edits[0]!.gone = true
    edits[1]!.line.hosts = ['app', 'db']
    const draft = { servers: [], services: [], accounts: accountChanges(form, edits), new_accounts: [emptyAccount()], reason: '', fallback: '', fund_source: '' }
    expect(accountChanges(form, accountEdits(form, draft))).toEqual(draft.accounts)
    expect(newAccounts(accountEdits(form, draft))).toHaveLength(1)
  })
})
