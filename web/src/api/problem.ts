// RFC 9457 problem details as the server sends them, and how a page says them.
import { language } from '@/zh/words'
import { ui } from '@/zh/ui'

export interface Clause {
  code: string
  cite: string
}

export interface Finding {
  field: string
  code: string
  clause?: Clause | null
  zh: string
  en: string
  severity: 'error' | 'warning'
}

export interface Problem {
  type?: string
  title?: string
  status: number
  code: string
  clause?: Clause | null
  zh: string
  en: string
  field?: string | null
  findings?: Finding[] | null
}

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.zh}`)
    this.name = 'ProblemError'
  }
}

/** The sentence for the person, in the chosen language. */
export function sentence(told: { zh: string; en: string }): string {
  return language.value === 'en' ? told.en || told.zh : told.zh || told.en
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'zh' in body
}

/** Reads the body of a refused request; a proxy's HTML page becomes a plain problem. */
export async function problemOf(response: Response): Promise<Problem> {
  try {
    const body: unknown = await response.clone().json()
    if (isProblem(body)) return { ...body, status: response.status }
  } catch {
    // not JSON: told below
  }
  return { status: response.status, code: `http.${response.status}`, zh: ui.unknownFault, en: ui.unknownFault }
}

/** Anything thrown, as a problem a page can show. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem
  if (thrown instanceof TypeError) return { status: 0, code: 'network', zh: ui.networkDown, en: ui.networkDown }
  return { status: 0, code: 'web.fault', zh: ui.unknownFault, en: ui.unknownFault }
}
