// What an object is that a cloud holds, in words.
import { cloud } from '@/zh/cloud'
import type { FoundObject } from './types'

export function kindOfObject(object: FoundObject): string {
  const words: Record<string, string> = {
    server: cloud.server,
    disk: cloud.diskKind,
    network: cloud.network,
    snapshot: cloud.snapshot,
    backup: cloud.backup,
    address: cloud.publicAddress,
  }
  return words[object.kind] ?? object.kind
}
