// Empty and copied rows of the form's tables.
import type { BastionLine, DataDisk, Form, OpenPort, ServerLine, ServiceLine } from './types'

/** Shares nothing with what it came from. */
export const copied = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const emptyDisk = (): DataDisk => ({ size_gib: null, kind: null, quantity: 1 })
export const emptyPort = (): OpenPort => ({ port: null, protocol: 'tcp', source: '', purpose: '' })
export const emptyService = (): ServiceLine => ({ sku: '', quantity: null, basis: '' })

export const emptyServer = (): ServerLine => ({
  role: null,
  host_name: '',
  external_name: '',
  tenancy: 'shared',
  zone: null,
  network: null,
  architecture: null,
  vcpu: null,
  memory_gib: null,
  operating_system: null,
  system_disk_gib: null,
  system_disk_kind: null,
  data_disks: [],
  quantity: 1,
  public_address: false,
  bandwidth_mbps: null,
  ports: [],
  basis: '',
  remark: '',
})

export const emptyAccount = (): BastionLine => ({
  user_name: '',
  user_kind: null,
  organisation: '',
  id_number: '',
  mobile: '',
  protocols: [],
  transfers: [],
  hosts: [],
  source: '',
  hours: 'office',
  valid_from: null,
  valid_to: null,
  confidentiality_signed: false,
  reason: '',
})

/** Hosts of 附件2-1 an account may be given. */
export const hostNames = (form: Form): string[] => [...new Set(form.servers.map((server) => server.host_name).filter(Boolean))]

/** `SSH`, `SFTP`, `文件上传`: how an account opens the way, in words. */
export const waysOf = (line: Pick<BastionLine, 'protocols' | 'transfers'>, word: (list: string, code: string) => string): string[] => [
  ...line.protocols.map((code) => word('bastion_protocol', code)),
  ...(line.transfers ?? []).map((code) => word('file_transfer', code)),
]

/** `app` → `app-2` → `app-3`, the first that nobody bears yet; a host name stands for one row only. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!name) return ''
  const stem = name.replace(/-\d+$/, '')
  for (let number = 2; ; number += 1) {
    const next = `${stem}-${number}`
    if (!taken.includes(next)) return next
  }
}

/** A copy of a row that can stand beside it. */
export function copyOf(row: ServerLine, all: readonly ServerLine[]): ServerLine {
  const copy = copied(row)
  return {
    ...copy,
    host_name: freeName(
      row.host_name,
      all.map((one) => one.host_name),
    ),
  }
}
