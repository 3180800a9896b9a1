// 云引擎 as the server shows it.
import type { Term } from '@/api/types'

export interface Reason {
  zh: string
  en: string
  /** What an operator types to mend it. */
  mend_command: string | null
}

/** 镜像 of one operating system; without an architecture: whichever. */
export interface ImageChoice {
  operating_system: string
  architecture: string | null
  image: string
}

/** 专享宿主机 by its name in the cloud. */
export interface HostChoice {
  host: string
  architecture: string
}

/** 云硬盘类型 of one kind of disk. */
export interface VolumeTypeChoice {
  kind: string
  volume_type: string
}

/** What an OpenStack engine must be told; the password is entered apart and never shown. */
export interface OpenstackSettings {
  auth_url: string
  region: string
  interface: string
  user: string
  user_domain: string
  project: string
  project_domain: string
  image: string | null
  images: ImageChoice[]
  external_network: string | null
  volume_type: string | null
  volume_types: VolumeTypeChoice[]
  eraser_image: string | null
  login_key: string | null
  /** 专享宿主机 that may be given to applications. */
  dedicated_hosts: HostChoice[]
  ca_pem: string | null
}

export interface EngineView {
  id: string
  name: string
  kind: Term
  zone: Term | null
  real: boolean
  health: { ok: boolean; reasons: Reason[]; remarks: Reason[] } | null
  capabilities: {
    resize: 'live' | 'cold'
    attach: 'live' | 'cold'
    grow: 'live' | 'cold'
    access: boolean
    console: boolean
    adopts: boolean
    measures: string[]
    by_hand: boolean
    real: boolean
    erasure_zh: string
    isolation_zh: string
  }
  resources: number
  open_operations: number
  checked_at: string | null
  enabled?: boolean
  /** For who may change them. */
  settings?: OpenstackSettings | null
}
