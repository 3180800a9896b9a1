// How figures become lengths and shades; pure.

/** A round number at or above the largest value, so that an axis ends where one can read it. */
export function ceiling(values: readonly number[]): number {
  const most = Math.max(0, ...values)
  if (most <= 4) return 4
  const power = 10 ** Math.floor(Math.log10(most))
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= most) ?? 10
  const round = step * power
  return Number.isInteger(round) ? round : Math.ceil(round)
}

/** Length of `value` on an axis of `length` units; what is there at all stays visible. */
export function lengthOf(value: number, top: number, length: number): number {
  if (value <= 0 || top <= 0) return 0
  return Math.max(2, Math.round((value / top) * length))
}

/** Shade 0 (none) to 4 (most) of a county. */
export function shadeOf(value: number, top: number): number {
  if (value <= 0 || top <= 0) return 0
  return Math.min(4, Math.ceil((value / top) * 4))
}

/** Shares of a whole in percent that sum to 100; all 0 where there is nothing. */
export function shares(values: readonly number[]): number[] {
  const whole = values.reduce((sum, value) => sum + value, 0)
  if (whole === 0) return values.map(() => 0)
  let used = 0
  let before = 0
  return values.map((value) => {
    used += value
    const upTo = Math.round((used / whole) * 1000) / 10
    const share = Math.round((upTo - before) * 10) / 10
    before = upTo
    return share
  })
}
