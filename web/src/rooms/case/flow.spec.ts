import { describe, expect, it } from 'vitest'
import { EDGES, NODES, nodeStates, type FlowFacts } from './flow'

const term = (code: string) => ({ code, zh: code, en: code })

function facts(state: string, more: Partial<FlowFacts> = {}): FlowFacts {
  return { state: term(state), holders: [], trial: null, subscription: null, changes: [], terminations: [], form: { request: { mode: 'consolidated' } }, ...more }
}

function holder(kind: string, colour: 'green' | 'red' = 'green') {
  return { role_zh: '', person_name: null, kind, kind_zh: '', light: { colour, zh: '' } }
}

const trial = (state: string) => ({ trial: { state: term(state) } as FlowFacts['trial'] })
const service = (state: string) => ({ ...trial('activated'), subscription: { state: term(state) } as FlowFacts['subscription'] })
const change = (...states: string[]) => ({ changes: states.map((state) => ({ state: term(state) })) as FlowFacts['changes'] })
const termination = (...states: string[]) => ({ terminations: states.map((state) => ({ state: term(state) })) as FlowFacts['terminations'] })

function current(of: FlowFacts): string[] {
  return Object.entries(nodeStates(of))
    .filter(([, state]) => state === 'current' || state === 'late')
    .map(([number]) => number)
    .sort()
}

describe('the chart', () => {
  it('has the twenty nodes of annex 1 in six lanes, and every edge joins two of them', () => {
    expect(NODES.map((one) => one.number)).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1).padStart(2, '0')))
    expect(new Set(NODES.map((one) => one.lane)).size).toBe(6)
    expect(new Set(NODES.map((one) => `${one.lane}/${one.row}`)).size).toBe(20)
    const numbers = NODES.map((one) => one.number)
    for (const [from, to] of EDGES) expect([numbers.includes(from), numbers.includes(to)]).toEqual([true, true])
  })

  it.each([
    ['draft', '01'],
    ['unit_review', '02'],
    ['awaiting_consolidation', '03'],
    ['submitted', '04'],
    ['supplementing', '04'],
    ['under_review', '05'],
    ['awaiting_signature', '06'],
    ['approved', '07'],
    ['listed', '08'],
    ['ratified', '09'],
    ['funded', '10'],
    ['contracted', '11'],
  ])('an application that is %s stands at %s', (state, number) => {
    expect(current(facts(state))).toEqual([number])
    const states = nodeStates(facts(state))
    for (const { number: other } of NODES) if (Number(other) < Number(number)) expect(states[other]).toBe('done')
  })

  it('moves on to the review opinion when all were heard', () => {
    expect(current(facts('under_review', { holders: [holder('give_opinion'), holder('conclude')] }))).toEqual(['05'])
    expect(current(facts('under_review', { holders: [holder('conclude')] }))).toEqual(['06'])
  })

  it.each([
    ['notified', '12'],
    ['preparing', '12'],
    ['running', '13'],
    ['extension_asked', '13'],
    ['failed', '13'],
    ['reported', '14'],
    ['passed', '15'],
  ])('a trial that is %s stands at %s', (state, number) => {
    expect(current(facts(state, trial(state)))).toEqual([number])
  })

  it('shows the service beside an open change and an open termination', () => {
    expect(current(facts('awaiting_confirmation', service('awaiting_confirmation')))).toEqual(['16'])
    expect(current(facts('running', service('running')))).toEqual(['17'])
    expect(current(facts('submitted', { ...service('running'), ...change('submitted') }))).toEqual(['17', '18'])
    expect(current(facts('submitted', { ...service('running'), ...termination('submitted') }))).toEqual(['17', '19'])
    expect(current(facts('reclaiming', { ...service('running'), ...termination('withdrawn', 'reclaiming') }))).toEqual(['17', '20'])
    expect(nodeStates(facts('running', { ...service('running'), ...change('done', 'declined') }))['18']).toBe('done')
  })

  it('is done to the last node when the certificate is issued', () => {
    const states = nodeStates(facts('closed', { ...service('ended'), ...termination('closed') }))
    expect(states['18']).toBe('skipped')
    expect(NODES.filter(({ number }) => number !== '18').every(({ number }) => states[number] === 'done')).toBe(true)
  })

  it('passes over 汇总 for a special request', () => {
    expect(nodeStates(facts('submitted', { form: { request: { mode: 'special' } } }))['03']).toBe('skipped')
    expect(nodeStates(facts('submitted'))['03']).toBe('done')
  })

  it.each([
    ['declined', '04'],
    ['rejected', '06'],
  ])('says where a %s case ended, and that the rest is not taken', (state, number) => {
    const states = nodeStates(facts(state))
    expect(states[number]).toBe('stopped')
    expect(states['07']).toBe('skipped')
    expect(states['20']).toBe('skipped')
  })

  it('marks the current node late where someone is over the limit', () => {
    expect(nodeStates(facts('submitted', { holders: [holder('accept', 'red')] }))['04']).toBe('late')
    const states = nodeStates(facts('submitted', { ...service('running'), ...change('submitted'), holders: [holder('review_change', 'red')] }))
    expect([states['17'], states['18']]).toEqual(['current', 'late'])
  })
})
