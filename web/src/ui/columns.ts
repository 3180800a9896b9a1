// A column of a list; hidden ones can be chosen by the reader, and the choice is remembered per list.
import { computed, ref, type Ref } from 'vue'

export interface Column {
  key: string
  label: string
  number?: boolean
  nowrap?: boolean
  /** Not shown until chosen. */
  optional?: boolean
}

function remembered(name: string): string[] | null {
  try {
    const text = localStorage.getItem(`liyun.columns.${name}`)
    return text ? (JSON.parse(text) as string[]) : null
  } catch {
    return null
  }
}

export function useColumns(name: string, columns: () => Column[]) {
  const chosen: Ref<string[]> = ref(remembered(name) ?? columns().filter((one) => !one.optional).map((one) => one.key))
  const shown = computed(() => columns().filter((one) => chosen.value.includes(one.key)))
  function choose(keys: string[]) {
    chosen.value = keys
    try {
      localStorage.setItem(`liyun.columns.${name}`, JSON.stringify(keys))
    } catch {
      // no storage: the choice lasts for the visit
    }
  }
  return { chosen, shown, choose }
}
