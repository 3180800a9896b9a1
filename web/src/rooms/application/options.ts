// 表单选项 with the products and sizes a form chooses from; a form never keeps its own list.
import { computed } from 'vue'
import { useOptions } from '@/api/options'
import { say } from '@/zh/words'
import type { Product } from './types'

export function useFormOptions() {
  const { query, of: terms } = useOptions()
  /** The words of a code; the code itself where the server does not list it. */
  const word = (name: string, code: string | null | undefined): string => {
    if (!code) return ''
    const term = terms(name).find((one) => one.code === code)
    return term ? say(term) : code
  }
  const list = <T>(name: string) => computed(() => (query.data.value?.[name] as T[] | undefined) ?? [])
  return { terms, word, products: list<Product>('products'), vcpuSizes: list<number>('vcpu_sizes'), availability: list<number>('availability_basis_points') }
}
