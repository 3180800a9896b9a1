import { describe, expect, it } from 'vitest'
import { engineStatus } from './engineStatus'
import type { Operation } from './types'

const term = (code: string, zh: string) => ({ code, zh, en: code })
const failed = term('failed', '失败待处理')
const retrying = term('retrying', '等待自动重试')

function shown(more: Partial<Operation>, working = true): string | undefined {
  const rest = { id: '1', kind: term('open_trial', '开通测试资源'), error_zh: null, error_en: null, away_since: null, started_at: null, finished_at: null, steps: [] }
  return engineStatus([{ state: retrying, ...rest, ...more }], working)?.text
}

describe('执行状况', () => {
  it('is silent where nothing goes on, and says that the engine works where it does', () => {
    expect(engineStatus([], false)).toBeNull()
    expect(shown({ state: term('running', '执行中') })).toBe('云引擎正在执行,页面自动刷新')
    expect(shown({ state: term('done', '已完成'), error_zh: '旧' }, false)).toBeUndefined()
  })

  it('says instead what the work has met with', () => {
    expect(shown({ state: failed, error_zh: '超出配额' }, false)).toBe('开通测试资源(失败待处理):超出配额')
    expect(shown({ error_zh: '云平台繁忙' })).toBe('开通测试资源(等待自动重试):云平台繁忙')
  })

  it('says since when the cloud is away, and that nobody has to do anything', () => {
    const away = { error_zh: '云平台接口无法连接', away_since: '2026-03-02T02:05:00Z' }
    expect(shown(away)).toBe('开通测试资源(等待自动重试):云平台自 2026-03-02 10:05 起无法连接;恢复后自动继续,无需操作')
  })
})
