import { describe, expect, it } from 'vitest'
import { memory, size, threeColumns } from './figures'
import type { ResourceDetail } from './types'

const detail = {
  id: 'r1',
  address: '10.8.0.5',
  approved: { vcpu: 4, memory_mib: 8192, disks_gib: [50, 100] },
  recorded: { vcpu: 4, memory_mib: 8192, disks_gib: [50, 100] },
  observed: {
    network: true,
    server: { external_name: 'ly-web', power: 'running', shape: { vcpu: 2, memory_mib: 8192 }, mark: 'trial', address: '10.8.0.5' },
    disks: [
      { id: 'd2', size_gib: 100, attached: true },
      { id: 'r1', size_gib: 50, attached: true },
      { id: 'd9', size_gib: 20, attached: false },
    ],
  },
  differences: [{ field: 'vcpu', zh: 'vCPU', approved: '4', recorded: '4', real: '2' }],
} as unknown as ResourceDetail

describe('sizes', () => {
  it('are said in the unit a person uses', () => {
    expect(memory(8192)).toBe('8 GiB')
    expect(memory(768)).toBe('768 MiB')
    expect(size({ vcpu: 4, memory_mib: 8192, disks_gib: [50, 100] })).toBe('4 vCPU · 8 GiB · 50+100 GiB')
    expect(size({ vcpu: 1, memory_mib: 512, disks_gib: [] })).toBe('1 vCPU · 512 MiB')
  })
})

describe('the three columns', () => {
  const rows = threeColumns(detail, (code) => code)
  const row = (figure: string) => rows.find((one) => one.figure === figure)!

  it('set approved, recorded and real beside each other', () => {
    expect(row('vcpu')).toMatchObject({ approved: '4', recorded: '4', actual: '2', differs: true })
    expect(row('systemDisk')).toMatchObject({ approved: '50 GiB', recorded: '50 GiB', actual: '50 GiB', differs: false })
    expect(row('dataDisks')).toMatchObject({ recorded: '100 GiB', actual: '100 GiB' })
    expect(row('power').actual).toBe('running')
  })

  it('stay empty where the cloud shows nothing', () => {
    const gone = threeColumns({ ...detail, observed: null }, (code) => code)
    expect(gone.every((one) => one.figure === 'address' || one.actual === '')).toBe(true)
  })
})
