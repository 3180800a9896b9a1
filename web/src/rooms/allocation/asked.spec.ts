import { describe, expect, it } from 'vitest'
import { bodyOf, keyOf, quoteQuery } from './asked'

const opening = { case_id: 'c', change_id: null, line: 's1.vcpu' }

describe('a line that is given to', () => {
  it('is told apart by its case and its line', () => {
    expect(keyOf(opening)).not.toBe(keyOf({ ...opening, line: 's2.vcpu' }))
  })

  it('is asked about and given to in the same words', () => {
    expect(bodyOf(opening, 3, '按需')).toEqual({ ...quoteQuery(opening, 3), opinion: '按需' })
  })

  it('names the change that is covered', () => {
    expect(bodyOf({ ...opening, change_id: 'g' }, 1, '').change_id).toBe('g')
  })
})
