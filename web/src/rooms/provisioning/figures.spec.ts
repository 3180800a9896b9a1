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
    server: { external_name: 'ly-web', power: 'running', shape: { vcpu: 2, memory_mib: 8192 }, mark: 'trial', address: '10.8.0.5', public_address: '203.0.113.9' },
    disks: [
      { id: 'd2', size_gib: 100, attached: true },
      { id: 'r1', size_gib: 50, attached: true },
      { id: 'd9', size_gib: 20, attached: false },
    ],
  },
  access_zh: 'TCP 443(0.0.0.0/0)、公网地址',
  access_real_zh: '不对外开放',
  differences: [{ field: 'access', zh: '网络开放', approved: null, recorded: null, real: null }, { field: 'vcpu', zh: 'vCPU', approved: '4', recorded: '4', real: '2' }],
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

  it('say what is open, and that an engine opens nothing', () => {
    expect(row('access')).toMatchObject({ recorded: 'TCP 443(0.0.0.0/0)、公网地址', actual: '不对外开放', differs: true })
    expect(row('publicAddress').actual).toBe('203.0.113.9')
    const isolated = threeColumns({ ...detail, access_real_zh: null }, (code) => code)
    expect(isolated.find((one) => one.figure === 'access')!.actual).toBe('本引擎网络隔离,不开放端口')
  })

  it('stay empty where the cloud shows nothing', () => {
    const gone = threeColumns({ ...detail, observed: null, access_real_zh: null }, (code) => code)
    expect(gone.every((one) => one.figure === 'address' || one.actual === '')).toBe(true)
  })
})
