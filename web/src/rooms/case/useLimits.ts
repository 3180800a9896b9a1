// 时限与限额 as the server lists them; the page shows the figures and never holds them.
import { useQuery } from '@tanstack/vue-query'
import { http } from '@/api/http'
import type { Clause, Page } from '@/api/types'

export interface LimitRow {
  name: string
  value: number
  unit: string
  unit_zh: string
  clause: Clause
  kind: string
  kind_zh: string
  zh: string
}

export function useLimits() {
  const query = useQuery({ queryKey: ['limits'], queryFn: ({ signal }) => http.get<Page<LimitRow>>('/api/limits', { signal }), staleTime: 600_000 })
  const limit = (name: string): LimitRow | undefined => query.data.value?.items.find((one) => one.name === name)
  return { limit }
}
