// How samples become lines; pure. x is the time between the first and the last sample, y counts from above.
import type { Sample } from './types'

export interface Size {
  width: number
  height: number
}

/** Samples further apart than this are not joined: nobody knows what was between them. */
const GAP_MS = 180_000

const time = (sample: Sample) => Date.parse(sample.at)

function across(samples: readonly Sample[], width: number): (sample: Sample) => number {
  const from = samples.length ? time(samples[0]!) : 0
  const span = samples.length ? time(samples[samples.length - 1]!) - from : 0
  return (sample) => (span > 0 ? round(((time(sample) - from) / span) * width) : width)
}

const round = (value: number) => Math.round(value * 10) / 10

/** Runs of samples without a gap. */
function runs(samples: readonly Sample[]): Sample[][] {
  const all: Sample[][] = []
  samples.forEach((sample, at) => {
    const before = samples[at - 1]
    if (!before || time(sample) - time(before) > GAP_MS) all.push([])
    all[all.length - 1]!.push(sample)
  })
  return all
}

/** The load as polylines, one for each run. */
export function loadLines(samples: readonly Sample[], size: Size): string[] {
  const x = across(samples, size.width)
  return runs(samples).map((run) => run.map((one) => `${x(one)},${heightOf(one.percent, size)}`).join(' '))
}

/** Where a percentage lies. */
export const heightOf = (percent: number, size: Size) => round(size.height - (percent / 100) * size.height)

/** How many run, as steps: a number holds until the next sample. */
export function runningSteps(samples: readonly Sample[], most: number, size: Size): string[] {
  const x = across(samples, size.width)
  const y = (running: number) => round(size.height - (most > 0 ? running / most : 0) * size.height)
  return runs(samples).map((run) =>
    run.map((one, at) => (at === 0 ? `${x(one)},${y(one.running)}` : `${x(one)},${y(run[at - 1]!.running)} ${x(one)},${y(one.running)}`)).join(' '),
  )
}
