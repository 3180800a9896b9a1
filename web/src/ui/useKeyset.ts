// A list whose filters, page size and place live in the URL, so that it can be bookmarked, shared and gone back to.
import { computed } from 'vue'
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { useRoute, useRouter } from 'vue-router'
import { http, urlWith } from '@/api/http'
import type { Page } from '@/api/types'

const SIZES = [20, 50, 100]

export function useKeyset<T>(path: string | (() => string), names: string[]) {
  const route = useRoute()
  const router = useRouter()
  const pathOf = () => (typeof path === 'string' ? path : path())

  const filters = computed(() => {
    const found: Record<string, string> = {}
    for (const name of names) {
      const value = route.query[name]
      if (typeof value === 'string' && value) found[name] = value
    }
    return found
  })
  const cursor = computed(() => (typeof route.query.cursor === 'string' ? route.query.cursor : ''))
  const limit = computed(() => (SIZES.includes(Number(route.query.limit)) ? Number(route.query.limit) : SIZES[0]!))

  const query = useQuery({
    queryKey: computed(() => ['list', pathOf(), filters.value, cursor.value, limit.value]),
    queryFn: ({ signal }) =>
      http.get<Page<T>>(pathOf(), { query: { ...filters.value, cursor: cursor.value, limit: limit.value }, signal }),
    placeholderData: keepPreviousData,
  })

  /** New filters start from the first page. */
  function apply(next: Record<string, string | null | undefined>) {
    const kept = Object.fromEntries(Object.entries(next).filter(([, value]) => value)) as Record<string, string>
    const limitNow = route.query.limit
    void router.push({ query: { ...kept, ...(limitNow ? { limit: limitNow } : {}) } })
  }

  function next() {
    const to = query.data.value?.next_cursor
    if (to) void router.push({ query: { ...route.query, cursor: to } })
  }

  function first() {
    const rest = { ...route.query }
    delete rest.cursor
    void router.push({ query: rest })
  }

  function resize(size: number) {
    const rest = { ...route.query }
    delete rest.cursor
    void router.push({ query: { ...rest, limit: String(size) } })
  }

  const exportUrl = (to: string) => urlWith(to, filters.value)

  return { query, filters, cursor, limit, sizes: SIZES, apply, next, previous: () => router.back(), first, resize, exportUrl }
}
