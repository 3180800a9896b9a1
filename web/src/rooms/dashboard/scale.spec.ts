import { describe, expect, it } from 'vitest'
import { ceiling, lengthOf, shadeOf, shares } from './scale'

describe('axes', () => {
  it.each([
    [[], 4],
    [[0, 3], 4],
    [[5], 5],
    [[7], 10],
    [[12, 19], 20],
    [[21], 25],
    [[180], 200],
    [[1001], 2000],
  ])('of %j end at %d', (values, top) => {
    expect(ceiling(values)).toBe(top)
  })

  it('show what is there and nothing that is not', () => {
    expect(lengthOf(0, 100, 200)).toBe(0)
    expect(lengthOf(1, 10_000, 200)).toBe(2)
    expect(lengthOf(50, 100, 200)).toBe(100)
    expect(lengthOf(3, 0, 200)).toBe(0)
  })
})

describe('shades', () => {
  it('go from none to most', () => {
    expect([0, 1, 5, 6, 10].map((value) => shadeOf(value, 10))).toEqual([0, 1, 2, 3, 4])
  })
})

describe('shares', () => {
  it('always make a whole', () => {
    expect(shares([1, 1, 1]).reduce((sum, one) => sum + one, 0)).toBeCloseTo(100)
    expect(shares([0, 0])).toEqual([0, 0])
    expect(shares([3, 1])).toEqual([75, 25])
  })
})
