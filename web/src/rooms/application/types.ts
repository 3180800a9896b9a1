// 申请表 as the server keeps it, field for field. A draft is half-filled: text may be blank, values absent.
import type { Finding } from '@/api/types'

export interface DataDisk {
  size_gib: number | null
  kind: string | null
  quantity: number | null
}

export interface OpenPort {
  port: number | null
  protocol: string
  source: string
  purpose: string
}

export interface ServerLine {
  role: string | null
  host_name: string
  /** 纳管: its name in the cloud. */
  external_name: string
  /** 类型; absent of rows filled in before it was asked. */
  tenancy?: string | null
  zone: string | null
  network: string | null
  architecture: string | null
  vcpu: number | null
  memory_gib: number | null
  operating_system: string | null
  system_disk_gib: number | null
  system_disk_kind: string | null
  data_disks: DataDisk[]
  quantity: number | null
  public_address: boolean
  bandwidth_mbps: number | null
  ports: OpenPort[]
  basis: string
  remark: string
}

export interface ServiceLine {
  sku: string
  quantity: number | null
  basis: string
}

export interface BastionLine {
  user_name: string
  user_kind: string | null
  organisation: string
  id_number: string
  mobile: string
  protocols: string[]
  transfers?: string[]
  hosts: string[]
  source: string
  /** Absent where it was never said; office hours then. */
  hours?: string | null
  valid_from: string | null
  valid_to: string | null
  confidentiality_signed: boolean
  reason: string
}

/** 资源测算方案. */
export interface Estimate {
  situation: string
  architecture: string
  funding: string
  functions: string
  volume: string
  performance: string
}

export interface Form {
  contact: {
    credit_code: string
    head: string
    deputy: string
    handler: string
    mobile: string
    landline: string
    email: string
    system_admin: string
    security_admin: string
    audit_admin: string
  }
  request: { mode: string | null; special_reason: string | null; construction: string | null; urgency: string | null }
  system: {
    name: string
    short_name: string
    category: string | null
    audience: string | null
    overview: string
    is_website: boolean
    domain_name: string
    icp_number: string
    police_number: string
    registered_users: number | null
    daily_active_users: number | null
    peak_concurrency: number | null
    developer: string
    operator: string
    unclassified: boolean | null
    work_secrets: boolean | null
    personal_information: string | null
    protection_level: string | null
    protection_number: string
    assessed_on: string | null
    sharing_scope: string
    cloud_software_suffices: boolean | null
    cloud_software_reason: string
  }
  deployment: {
    zones: string[]
    availability_basis_points: number | null
    backup_requirement: string
    not_domestic_reason: string
    zone_reason: string
  }
  servers: ServerLine[]
  services: ServiceLine[]
  bastion_accounts: BastionLine[]
  funding: { source: string | null; budget_item: string; expected_activation: string | null }
  estimate: Estimate
  commitment: boolean
}

/** 报价行. */
export interface PricedLine {
  line: string
  sku: string
  name: string
  unit: string
  quantity: number
  granted_quantity: number | null
  fen_per_year_each: number | null
  fen_per_year: number
}

/** 报价. */
export interface Quote {
  lines: PricedLine[]
  fee_fen_per_year: number
  /** 人民币大写, written by the server. */
  fee_zh?: string
  price_version: string | null
  estimate_required: boolean
}

/** What saving the form answers. */
export interface Saved extends Quote {
  version: number
  findings: Finding[]
}

export interface Product {
  sku: string
  name: string
  unit: string
  fen_per_year: number | null
  category: string
  category_zh: string
  /** False where it is opened with the servers of 附件2-1 and not ordered here. */
  orderable: boolean
}

/** 服务器表读取: what an uploaded table holds and what is wrong with it. */
export interface ReadTable {
  servers: ServerLine[]
  errors: { row: number; column: string; zh: string; en: string }[]
}
