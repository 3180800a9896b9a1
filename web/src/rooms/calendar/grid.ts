// A year as twelve small months; which days are off is the server's word, this only lays them out.
import type { DayView } from './types'

export interface Cell {
  date: string
  day: number
  /** What the day is, as the page colours it. */
  look: 'plain' | 'weekend' | 'national' | 'local' | 'workday' | 'exception'
  name: string
}

export interface Month {
  month: number
  /** Weeks from Monday; days of other months are empty. */
  weeks: (Cell | null)[][]
}

const iso = (year: number, month: number, day: number) => new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10)
/** Monday is 0. */
const weekday = (year: number, month: number, day: number) => (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7

function look(entry: DayView | undefined, weekend: boolean): Cell['look'] {
  if (!entry) return weekend ? 'weekend' : 'plain'
  if (entry.kind === 'workday') return 'workday'
  if (entry.source.code === 'local') return 'local'
  return entry.source.code === 'exception' ? 'exception' : 'national'
}

export function yearGrid(year: number, days: readonly DayView[]): Month[] {
  const special = new Map(days.map((day) => [day.date, day]))
  return Array.from({ length: 12 }, (_, index) => {
    const month = index + 1
    const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
    const cells: (Cell | null)[] = Array.from({ length: weekday(year, month, 1) }, () => null)
    for (let day = 1; day <= last; day += 1) {
      const date = iso(year, month, day)
      const entry = special.get(date)
      cells.push({ date, day, look: look(entry, weekday(year, month, day) >= 5), name: entry?.name ?? '' })
    }
    while (cells.length % 7) cells.push(null)
    return { month, weeks: Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7)) }
  })
}
