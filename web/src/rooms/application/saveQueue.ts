// 边填边存: what is typed is saved after a short rest, and every few seconds where nobody rests; one request at a time,
// always the latest.
// A conflict stops the queue, since going on would overwrite someone else's work; a lost line is tried again.
import { ref, type Ref } from 'vue'
import { asProblem, type Problem } from '@/api/problem'
import type { SaveState } from '@/ui/SaveIndicator.vue'

export interface SaveQueueOptions<Answer> {
  /** Sends what stands in the form now. */
  send: () => Promise<Answer>
  took: (answer: Answer) => void
  /** Rest after the last key before saving. */
  waitMs?: number
  /** The longest that something typed stands unsaved while one types on. */
  maxWaitMs?: number
  /** First pause before a lost request is tried again; doubled up to `retryMaxMs`. */
  retryMs?: number
  retryMaxMs?: number
}

export interface SaveQueue {
  state: Readonly<Ref<SaveState>>
  problem: Readonly<Ref<Problem | null>>
  savedAt: Readonly<Ref<Date | null>>
  /** Something was typed. */
  touch: () => void
  /** Saves now; true where everything typed is safe afterwards. */
  flush: () => Promise<boolean>
  /** Begins anew after the latest was loaded. */
  reset: () => void
  stop: () => void
}

export function saveQueue<Answer>(options: SaveQueueOptions<Answer>): SaveQueue {
  const { send, took, waitMs = 700, maxWaitMs = 5_000, retryMs = 2_000, retryMaxMs = 30_000 } = options
  const state = ref<SaveState>('idle')
  const problem = ref<Problem | null>(null)
  const savedAt = ref<Date | null>(null)
  let dirty = false
  let running: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = retryMs
  let unsavedSince: number | null = null

  function later(ms: number) {
    clearTimeout(timer)
    timer = setTimeout(() => void run(), ms)
  }

  function failed(thrown: unknown) {
    const typedOn = dirty
    dirty = true
    const told = asProblem(thrown)
    problem.value = told
    if (told.status === 412) {
      state.value = 'conflict'
      return
    }
    state.value = 'failed'
    if (told.status === 0 || told.status >= 500) {
      later(pauseMs)
      pauseMs = Math.min(pauseMs * 2, retryMaxMs)
    } else if (typedOn) {
      later(waitMs) // what was typed meanwhile may have mended it
    }
  }

  async function drain() {
    while (dirty && state.value !== 'conflict') {
      dirty = false
      unsavedSince = null
      state.value = 'saving'
      try {
        const answer = await send()
        took(answer)
        problem.value = null
        savedAt.value = new Date()
        pauseMs = retryMs
        state.value = dirty ? 'dirty' : 'saved'
      } catch (thrown) {
        failed(thrown)
        return
      }
    }
  }

  function run(): Promise<void> {
    clearTimeout(timer)
    running ??= drain().finally(() => (running = null))
    return running
  }

  function touch() {
    dirty = true
    if (state.value === 'conflict') return
    if (running) return // the request on its way is followed by the latest
    state.value = 'dirty'
    unsavedSince ??= Date.now()
    later(Math.min(waitMs, Math.max(0, unsavedSince + maxWaitMs - Date.now())))
  }

  async function flush(): Promise<boolean> {
    await run()
    return !dirty && state.value !== 'conflict'
  }

  function reset() {
    clearTimeout(timer)
    dirty = false
    unsavedSince = null
    problem.value = null
    pauseMs = retryMs
    state.value = 'idle'
  }

  return { state, problem, savedAt, touch, flush, reset, stop: () => clearTimeout(timer) }
}
