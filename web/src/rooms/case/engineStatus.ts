// 执行状况: what the engine is doing on the case, or has met with, in words its owner understands.
import { moment } from '@/ui/format'
import { kase } from '@/zh/case'
import { engine } from '@/zh/cloud'
import { say } from '@/zh/words'
import type { Operation } from './types'

export interface EngineStatus {
  tone: 'working' | 'stuck'
  text: string
}

const STUCK = ['retrying', 'failed']

/** `operations`: the latest first. */
export function engineStatus(operations: Operation[], working: boolean): EngineStatus | null {
  const stuck = operations.find((one) => one.error_zh && STUCK.includes(one.state.code))
  if (stuck) {
    const met = stuck.away_since ? engine.away(moment(stuck.away_since)) : stuck.error_zh
    return { tone: 'stuck', text: `${say(stuck.kind)}(${say(stuck.state)}):${met}` }
  }
  return working ? { tone: 'working', text: kase.refreshing } : null
}
