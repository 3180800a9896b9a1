// Sizes as people say them, and the three columns of one resource; which figures differ is the server's word.
import { cloud } from '@/zh/cloud'
import type { Difference, ResourceDetail, SpecView } from './types'

/** MiB as GiB where it is a whole number of them. */
export function memory(mib: number): string {
  return mib % 1024 === 0 ? `${mib / 1024} GiB` : `${mib} MiB`
}

/** `4 vCPU · 8 GiB · 50+100 GiB`. */
export function size(spec: SpecView): string {
  const disks = spec.disks_gib.length ? `${spec.disks_gib.join('+')} GiB` : ''
  return [`${spec.vcpu} vCPU`, memory(spec.memory_mib), disks].filter(Boolean).join(' · ')
}

export type Figure = 'vcpu' | 'memory' | 'systemDisk' | 'dataDisks' | 'power' | 'mark' | 'address' | 'publicAddress' | 'access'

export interface FigureRow {
  figure: Figure
  approved: string
  recorded: string
  actual: string
  differs: boolean
}

const FIELDS: Record<Figure, (field: string) => boolean> = {
  vcpu: (field) => field === 'vcpu',
  memory: (field) => field === 'memory_mib',
  systemDisk: (field) => field === 'system_disk_gib',
  dataDisks: (field) => field.startsWith('disk.'),
  power: (field) => field === 'power' || field === 'server',
  mark: (field) => field === 'mark',
  address: (field) => field === 'address',
  publicAddress: () => false,
  access: (field) => field === 'access',
}

const disks = (sizes: number[]) => (sizes.length ? `${sizes.join('+')} GiB` : '')

/** The rows of the table. `say` turns power and mark into words. */
export function threeColumns(detail: ResourceDetail, say: (code: string) => string): FigureRow[] {
  const server = detail.observed?.server ?? null
  const real = (detail.observed?.disks ?? []).filter((disk) => disk.attached)
  // The system disk carries the resource's own id.
  const system = real.filter((disk) => disk.id === detail.id).map((disk) => disk.size_gib)
  const data = real.filter((disk) => disk.id !== detail.id).map((disk) => disk.size_gib)
  const { approved, recorded } = detail
  const rows: [Figure, string, string, string][] = [
    ['vcpu', String(approved.vcpu), String(recorded.vcpu), server ? String(server.shape.vcpu) : ''],
    ['memory', memory(approved.memory_mib), memory(recorded.memory_mib), server ? memory(server.shape.memory_mib) : ''],
    ['systemDisk', disks(approved.disks_gib.slice(0, 1)), disks(recorded.disks_gib.slice(0, 1)), disks(system)],
    ['dataDisks', disks(approved.disks_gib.slice(1)), disks(recorded.disks_gib.slice(1)), disks(data)],
    ['power', '', '', server ? say(server.power) : ''],
    ['mark', '', '', server?.mark ? say(server.mark) : ''],
    ['address', '', detail.address ?? '', server?.address ?? ''],
    ['publicAddress', '', '', server?.public_address ?? ''],
    ['access', detail.access_zh, detail.access_zh, detail.access_real_zh ?? (server ? cloud.accessNotSet : '')],
  ]
  return rows.map(([figure, a, r, real_]) => ({ figure, approved: a, recorded: r, actual: real_, differs: detail.differences.some((one: Difference) => FIELDS[figure](one.field)) }))
}
