// The words of the screen: Chinese first, English beside it, so that neither is forgotten.
// A page reads `w.signOut`; the getter looks at the reactive language, so switching redraws the page.
import { ref } from 'vue'

export type Language = 'zh' | 'en'

const KEY = 'liyun.language'

function remembered(): Language {
  try {
    return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh' // storage may be denied by office policy; the language then lasts for the visit
  }
}

export const language = ref<Language>(remembered())

export function setLanguage(next: Language): void {
  language.value = next
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // see remembered()
  }
}

type Pair = readonly [zh: string, en: string]
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Entry = Pair | ((...values: any[]) => Pair)
type Spoken<T extends Record<string, Entry>> = {
  readonly [K in keyof T]: T[K] extends (...values: infer A) => Pair ? (...values: A) => string : string
}

function pick(pair: Pair): string {
  return language.value === 'en' ? pair[1] : pair[0]
}

/** Turns a table of [中文, English] into an object that speaks the chosen language. */
export function words<const T extends Record<string, Entry>>(table: T): Spoken<T> {
  const spoken = {}
  for (const [key, entry] of Object.entries(table)) {
    Object.defineProperty(spoken, key, {
      enumerable: true,
      get: () => (typeof entry === 'function' ? (...values: unknown[]) => pick(entry(...values)) : pick(entry)),
    })
  }
  return spoken as Spoken<T>
}

export interface Term {
  code: string
  zh: string
  en: string
}

/** A value of the server's vocabulary in the chosen language; an unknown one is shown as it came. */
export function say(term: { zh: string; en: string } | null | undefined): string {
  return term ? pick([term.zh, term.en]) : ''
}
