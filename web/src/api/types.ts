// Shapes every room shares.
import type { Clause } from './problem'

export type { Clause, Finding, Problem } from './problem'
export type { Term } from '@/zh/words'

/** An act the person might take, as the server judges it; the web never decides. */
export interface Action {
  room: string
  subject_id: string
  version: number
  name: string
  zh: string
  en: string
  allowed: boolean
  refusal?: { code: string; zh: string; en: string; clause?: Clause | null } | null
  clause?: Clause | null
}

export interface Count {
  value: number
  /** True where counting stopped at a bound. */
  more: boolean
}

export interface Page<T> {
  items: T[]
  next_cursor?: string | null
  count?: number | Count | null
}

/** 时限灯, computed by the server with its words. */
export interface Light {
  colour: 'green' | 'yellow' | 'red' | 'grey' | 'blue' | 'purple'
  zh: string
  en?: string
  due_on?: string | null
  timer?: string | null
  timer_zh?: string | null
  statutory?: boolean
}
