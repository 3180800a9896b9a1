// Vocabularies for filters and forms, asked of the server once per visit.
import { computed } from 'vue'
import { useQuery } from '@tanstack/vue-query'
import { http } from './http'
import type { Page, Term } from './types'

export interface DivisionOption {
  code: string
  zh: string
  kind: string
}

/** Terms by the enum's name; an unknown name has none. */
export function useOptions() {
  const query = useQuery({
    queryKey: ['form-options'],
    queryFn: ({ signal }) => http.get<Record<string, unknown>>('/api/form-options', { signal }),
    staleTime: Infinity,
  })
  const of = (name: string): Term[] => {
    const found = query.data.value?.[name]
    return Array.isArray(found) ? (found as Term[]) : []
  }
  return { query, of }
}

/** County-level divisions. */
export function useCounties() {
  const query = useQuery({
    queryKey: ['divisions'],
    queryFn: ({ signal }) => http.get<Page<DivisionOption>>('/api/divisions', { signal }),
    staleTime: 300_000,
  })
  return computed(() => (query.data.value?.items ?? []).filter((one) => one.kind !== 'city'))
}
