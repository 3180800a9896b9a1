import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProblemError } from '@/api/problem'
import { saveQueue } from './saveQueue'

/** A server whose answers come when the test says so. */
function server() {
  const sent: { text: string; answer: (version: number) => void; fail: (error: unknown) => void }[] = []
  let text = ''
  const took = vi.fn()
  const queue = saveQueue<number>({
    send: () => new Promise((resolve, reject) => sent.push({ text, answer: resolve, fail: reject })),
    took,
    waitMs: 500,
    maxWaitMs: 2_000,
    retryMs: 1_000,
    retryMaxMs: 4_000,
  })
  const type = (next: string) => {
    text = next
    queue.touch()
  }
  return { sent, took, queue, type }
}

const refused = (status: number) => new ProblemError({ status, code: 'test', zh: '', en: '' })
const settle = () => vi.advanceTimersByTimeAsync(0)

describe('saving as one types', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('waits for a rest, then saves once', async () => {
    const { sent, queue, type } = server()
    type('a')
    await vi.advanceTimersByTimeAsync(400)
    type('ab')
    await vi.advanceTimersByTimeAsync(499)
    expect(sent).toHaveLength(0)
    expect(queue.state.value).toBe('dirty')
    await vi.advanceTimersByTimeAsync(1)
    expect(sent.map((one) => one.text)).toEqual(['ab'])
    expect(queue.state.value).toBe('saving')
    sent[0]!.answer(2)
    await settle()
    expect(queue.state.value).toBe('saved')
  })

  it('saves while one types on without a rest', async () => {
    const { sent, queue, type } = server()
    for (const text of ['a', 'ab', 'abc', 'abcd', 'abcde']) {
      type(text)
      await vi.advanceTimersByTimeAsync(399)
    }
    expect(sent).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(4)
    type('abcdef')
    await vi.advanceTimersByTimeAsync(1)
    expect(sent.map((one) => one.text)).toEqual(['abcdef'])
    sent[0]!.answer(2)
    await settle()
    type('abcdefg')
    await vi.advanceTimersByTimeAsync(499)
    expect(sent).toHaveLength(1)
    expect(queue.state.value).toBe('dirty')
  })

  it('never has two requests on the way, and sends the latest next', async () => {
    const { sent, took, queue, type } = server()
    type('a')
    await vi.advanceTimersByTimeAsync(500)
    type('ab')
    type('abc')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(sent).toHaveLength(1)
    sent[0]!.answer(2)
    await settle()
    expect(sent.map((one) => one.text)).toEqual(['a', 'abc'])
    sent[1]!.answer(3)
    await settle()
    expect(took.mock.calls).toEqual([[2], [3]])
    expect(queue.state.value).toBe('saved')
  })

  it('stops at a conflict until the latest is loaded', async () => {
    const { sent, queue, type } = server()
    type('a')
    await vi.advanceTimersByTimeAsync(500)
    sent[0]!.fail(refused(412))
    await settle()
    expect(queue.state.value).toBe('conflict')
    type('ab')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent).toHaveLength(1)
    expect(await queue.flush()).toBe(false)
    queue.reset()
    type('abc')
    await vi.advanceTimersByTimeAsync(500)
    expect(sent[1]!.text).toBe('abc')
  })

  it('tries again by itself where the line was lost, with longer pauses', async () => {
    const { sent, queue, type } = server()
    type('a')
    await vi.advanceTimersByTimeAsync(500)
    sent[0]!.fail(new TypeError('network'))
    await settle()
    expect(queue.state.value).toBe('failed')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sent).toHaveLength(2)
    sent[1]!.fail(refused(503))
    await settle()
    await vi.advanceTimersByTimeAsync(1_999)
    expect(sent).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(sent).toHaveLength(3)
    sent[2]!.answer(2)
    await settle()
    expect(queue.state.value).toBe('saved')
  })

  it('does not repeat what the server refused, until something changes', async () => {
    const { sent, queue, type } = server()
    type('a')
    await vi.advanceTimersByTimeAsync(500)
    sent[0]!.fail(refused(400))
    await settle()
    expect(queue.state.value).toBe('failed')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent).toHaveLength(1)
    type('b')
    await vi.advanceTimersByTimeAsync(500)
    expect(sent).toHaveLength(2)
  })

  it('flushes before a step that needs everything saved', async () => {
    const { sent, queue, type } = server()
    type('a')
    const flushed = queue.flush()
    await settle()
    expect(sent).toHaveLength(1)
    sent[0]!.answer(2)
    await settle()
    expect(await flushed).toBe(true)
    expect(await queue.flush()).toBe(true)
    expect(sent).toHaveLength(1)
  })
})
