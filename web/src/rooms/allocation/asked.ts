// A line of a case as one asks about it and gives to it.
import type { Candidate } from './types'

export const keyOf = (one: Pick<Candidate, 'case_id' | 'line'>) => `${one.case_id}/${one.line}`

/** The address that prices a quantity for a line. */
export const quoteQuery = (to: Pick<Candidate, 'case_id' | 'change_id' | 'line'>, quantity: number) => ({
  case_id: to.case_id,
  change_id: to.change_id,
  line: to.line,
  quantity,
})

/** The same as a promise. */
export const bodyOf = (to: Pick<Candidate, 'case_id' | 'change_id' | 'line'>, quantity: number, opinion: string) => ({ ...quoteQuery(to, quantity), opinion })
