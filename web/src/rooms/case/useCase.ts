// The case as the server shows it: read again after every act, and by itself while the engine works.
import { computed, type Ref } from 'vue'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { http } from '@/api/http'
import { loadSession } from '@/api/session'
import type { CaseView } from './types'

/** While one of these, an operation may move without anybody here doing anything. */
const MOVING = ['queued', 'running', 'retrying', 'waiting']
const FAST = ['queued', 'running', 'retrying']
const POLL_MS = 2_000
const SLOW_POLL_MS = 15_000

export const caseKey = (id: string) => ['case', id]

function pauseOf(view: CaseView | undefined): number | false {
  const operations = view?.operations ?? []
  // A cloud that is away may be so for hours.
  if (operations.some((one) => FAST.includes(one.state.code) && !one.away_since)) return POLL_MS
  return operations.some((one) => MOVING.includes(one.state.code)) ? SLOW_POLL_MS : false
}

/** The page is read in several looks: one that falls on the engine's last moment may show its end and not yet what follows. */
const AFTERWARDS_MS = 5_000

export function useCase(id: Ref<string>) {
  const queries = useQueryClient()
  let movedAt = 0
  function pause({ data, dataUpdatedAt }: { data: CaseView | undefined; dataUpdatedAt: number }): number | false {
    const moving = pauseOf(data)
    if (moving) movedAt = dataUpdatedAt
    return moving || (dataUpdatedAt - movedAt < AFTERWARDS_MS ? POLL_MS : false)
  }
  const query = useQuery({
    queryKey: computed(() => caseKey(id.value)),
    queryFn: ({ signal }) => http.get<CaseView>(`/api/cases/${id.value}`, { signal }),
    refetchInterval: (running) => pause(running.state),
  })
  const engineAtWork = computed(() => pauseOf(query.data.value) === POLL_MS)

  /** After an act: the case, every list that shows it, and what waits for this person. */
  async function renew(): Promise<void> {
    await Promise.all([
      queries.invalidateQueries({ queryKey: caseKey(id.value) }),
      queries.invalidateQueries({ queryKey: ['list'] }),
      loadSession().catch(() => undefined),
    ])
  }

  return { query, view: query.data, engineAtWork, renew }
}
