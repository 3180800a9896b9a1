import { describe, expect, it } from 'vitest'
import type { Finding } from '@/api/types'
import { fieldOf, placed, rowOf, shownAt, stepOf, stepsShown, tally } from './steps'

function finding(field: string, severity: 'error' | 'warning' = 'error', code = 'form.out_of_range'): Finding {
  return { field, code, zh: field, en: field, severity }
}

describe('a finding is shown in the step of its field', () => {
  it.each([
    ['contact.mobile', 'contact'],
    ['request.special_reason', 'request'],
    ['system.name', 'system'],
    ['deployment.zone_reason', 'deployment'],
    ['servers', 'servers'],
    ['servers[2].memory_gib', 'servers'],
    ['servers[0].ports[1]', 'servers'],
    ['services[0].sku', 'services'],
    ['bastion_accounts[3].id_number', 'bastion'],
    ['funding.source', 'funding'],
    ['estimate.performance', 'estimate'],
    ['attachments.topology', 'materials'],
    ['commitment', 'review'],
    ['s1.vcpu', 'servers'],
    ['v3', 'services'],
    ['something.new', 'review'],
    ['', 'review'],
  ])('%s → %s', (path, step) => {
    expect(stepOf(path)).toBe(step)
  })
})

describe('a priced line is shown at the field it comes from', () => {
  it.each([
    ['s1.vcpu', 'servers[0].vcpu'],
    ['s12.memory', 'servers[11].memory_gib'],
    ['s2.system', 'servers[1].system_disk_gib'],
    ['s2.d3', 'servers[1].data_disks[2].size_gib'],
    ['s1.bandwidth_above', 'servers[0].bandwidth_mbps'],
    ['v3', 'services[2].sku'],
    ['system.name', 'system.name'],
  ])('%s → %s', (line, field) => {
    expect(fieldOf(line)).toBe(field)
  })
  it('keeps the rest of the finding', () => {
    expect(placed([finding('v1', 'warning')])).toEqual([{ ...finding('v1', 'warning'), field: 'services[0].sku' }])
  })
})

describe('rows, counts and steps', () => {
  it('knows the row of a table', () => {
    expect(rowOf('servers[2].memory_gib')).toBe(2)
    expect(rowOf('bastion_accounts[0].hosts')).toBe(0)
    expect(rowOf('s4.vcpu')).toBe(3)
    expect(rowOf('servers')).toBeNull()
    expect(rowOf('contact.head')).toBeNull()
  })
  it('counts errors and notes apart', () => {
    const counts = tally([finding('servers[0].vcpu'), finding('servers[0].network', 'warning'), finding('s1.vcpu'), finding('commitment')])
    expect(counts.servers).toEqual({ errors: 2, warnings: 1 })
    expect(counts.review).toEqual({ errors: 1, warnings: 0 })
    expect(counts.contact).toEqual({ errors: 0, warnings: 0 })
  })
  it('asks for the estimate where the server does', () => {
    expect(stepsShown(false, [])).not.toContain('estimate')
    expect(stepsShown(true, [])).toContain('estimate')
    expect(stepsShown(false, [finding('estimate.performance')])).toContain('estimate')
  })
  it('does not hold blank fields against a step not left yet', () => {
    const blank = finding('contact.head', 'error', 'form.required')
    const wrong = finding('contact.mobile')
    expect(shownAt([blank, wrong], new Set())).toEqual([wrong])
    expect(shownAt([blank, wrong], new Set(['contact']))).toEqual([blank, wrong])
  })
})
