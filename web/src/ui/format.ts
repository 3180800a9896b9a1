// How amounts, days and times look. Arithmetic on money stays on the server: here fen are only written out.

const GROUP = /\B(?=(\d{3})+(?!\d))/g

function grouped(digits: string): string {
  return digits.replace(GROUP, ',')
}

/** 123456789 fen → "1,234,567.89". Integer work only, so no float ever rounds a fen away. */
export function yuan(fen: number): string {
  const sign = fen < 0 ? '-' : ''
  const digits = String(Math.abs(fen)).padStart(3, '0')
  return `${sign}${grouped(digits.slice(0, -2))}.${digits.slice(-2)}`
}

/** Fen → 万元 with two decimals, half up; for summaries only, never for a sum that is owed. */
export function wanYuan(fen: number): string {
  const sign = fen < 0 ? '-' : ''
  const hundredths = Math.floor((Math.abs(fen) + 5_000) / 10_000)
  const digits = String(hundredths).padStart(3, '0')
  return `${sign}${grouped(digits.slice(0, -2))}.${digits.slice(-2)}`
}

/** 1234567 → "1,234,567". */
export function count(value: number): string {
  return `${value < 0 ? '-' : ''}${grouped(String(Math.abs(Math.trunc(value))))}`
}

/** Bytes as people say them: 1536 → "1.5 KB". */
export function bytes(size: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = size
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return unit === 0 ? `${size} B` : `${value.toFixed(1)} ${units[unit]}`
}

const CLOCK = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** An instant in Beijing time, "2026-03-05 09:07"; seconds where the order within a minute matters. */
export function moment(instant: string | null | undefined, seconds = false): string {
  if (!instant) return ''
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return instant
  const text = CLOCK.format(date)
  return seconds ? text : text.slice(0, 16)
}

/** Calendar days from one day to another, both `YYYY-MM-DD`; UTC on both sides, so that no summer time shortens a day. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}

/** What a quantity is counted in, out of the unit of its price: "元/核·年" → "核". */
export function measure(priceUnit: string): string {
  return priceUnit.replace(/^元\//, '').replace(/[·/]?年$/, '')
}
