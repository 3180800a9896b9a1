import { describe, expect, it } from 'vitest'
import { heightOf, loadLines, runningSteps } from './chart'

const SIZE = { width: 100, height: 50 }
const at = (minute: number, percent: number, running = 2) => ({ at: `2026-03-02T02:${String(minute).padStart(2, '0')}:00Z`, percent, running })

describe('the chart of the load', () => {
  it('goes from the first sample to the last', () => {
    expect(loadLines([at(0, 0), at(1, 50), at(2, 100)], SIZE)).toEqual(['0,50 50,25 100,0'])
    expect(heightOf(70, SIZE)).toBe(15)
  })

  it('does not join what is more than three minutes apart', () => {
    expect(loadLines([at(0, 10), at(3, 10), at(7, 10), at(10, 10)], SIZE)).toHaveLength(2)
  })

  it('shows one sample, and none', () => {
    expect(loadLines([at(0, 20)], SIZE)).toEqual(['100,40'])
    expect(loadLines([], SIZE)).toEqual([])
  })

  it('holds a number of servers until the next sample', () => {
    expect(runningSteps([at(0, 9, 2), at(1, 9, 1), at(2, 9, 1)], 4, SIZE)).toEqual(['0,25 50,25 50,37.5 100,37.5 100,37.5'])
  })
})
