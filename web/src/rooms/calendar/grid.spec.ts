import { describe, expect, it } from 'vitest'
import { yearGrid } from './grid'
import type { DayView } from './types'

const day = (date: string, kind: 'holiday' | 'workday', source: string, name = ''): DayView => ({
  date,
  kind,
  source: { code: source, zh: source, en: source },
  name,
})

const cellOf = (grid: ReturnType<typeof yearGrid>, date: string) =>
  grid
    .flatMap((month) => month.weeks)
    .flat()
    .find((cell) => cell?.date === date)

describe('the year as a grid', () => {
  it('begins each month on its weekday, Monday first', () => {
    const grid = yearGrid(2026, [])
    expect(grid).toHaveLength(12)
    // 1 January 2026 is a Thursday, 1 June 2026 a Monday.
    expect(grid[0]!.weeks[0]!.map((cell) => cell?.day ?? 0)).toEqual([0, 0, 0, 1, 2, 3, 4])
    expect(grid[5]!.weeks[0]!.map((cell) => cell?.day ?? 0)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(grid.flatMap((month) => month.weeks).flat().filter(Boolean)).toHaveLength(365)
  })

  it('knows leap years', () => {
    expect(yearGrid(2024, [])[1]!.weeks.flat().filter(Boolean)).toHaveLength(29)
  })

  it('colours a day by what the server says of it', () => {
    const grid = yearGrid(2024, [
      day('2024-04-04', 'holiday', 'national', '清明节'),
      day('2024-04-07', 'workday', 'national', '清明调休上班'),
      day('2024-04-11', 'holiday', 'local', '壮族三月三'),
      day('2024-04-12', 'holiday', 'exception', '停电'),
    ])
    expect(cellOf(grid, '2024-04-04')).toMatchObject({ look: 'national', name: '清明节' })
    expect(cellOf(grid, '2024-04-07')).toMatchObject({ look: 'workday' })
    expect(cellOf(grid, '2024-04-11')).toMatchObject({ look: 'local' })
    expect(cellOf(grid, '2024-04-12')).toMatchObject({ look: 'exception' })
    expect(cellOf(grid, '2024-04-13')).toMatchObject({ look: 'weekend' })
    expect(cellOf(grid, '2024-04-15')).toMatchObject({ look: 'plain' })
  })
})
