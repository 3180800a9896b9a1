// 表单选项: the server's vocabularies, read once; a form never keeps its own list.
import { computed } from 'vue'
import { useQuery } from '@tanstack/vue-query'
import { http } from '@/api/http'
import type { Term } from '@/api/types'
import { say } from '@/zh/words'
import type { FormOptions, Product } from './types'

export function useFormOptions() {
  const query = useQuery({
    queryKey: ['form-options'],
    queryFn: ({ signal }) => http.get<FormOptions>('/api/form-options', { signal }),
    staleTime: Infinity,
  })
  const terms = (name: string): Term[] => (query.data.value?.[name] as Term[] | undefined) ?? []
  /** The words of a code; the code itself where the server does not list it. */
  const word = (name: string, code: string | null | undefined): string => {
    if (!code) return ''
    const term = terms(name).find((one) => one.code === code)
    return term ? say(term) : code
  }
  const products = computed<Product[]>(() => query.data.value?.products ?? [])
  const vcpuSizes = computed(() => query.data.value?.vcpu_sizes ?? [])
  const availability = computed(() => query.data.value?.availability_basis_points ?? [])
  return { terms, word, products, vcpuSizes, availability, error: query.error }
}
