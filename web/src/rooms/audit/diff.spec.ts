import { describe, expect, it } from 'vitest'
import { diff } from './diff'

describe('what an entry changed', () => {
  it('is told leaf by leaf, unchanged ones kept', () => {
    expect(diff({ name: '甲', servers: [{ vcpu: 2 }] }, { name: '甲', servers: [{ vcpu: 4 }, { vcpu: 8 }] })).toEqual([
      { path: 'name', before: '甲', after: '甲', changed: false },
      { path: 'servers[0].vcpu', before: '2', after: '4', changed: true },
      { path: 'servers[1].vcpu', before: '', after: '8', changed: true },
    ])
  })

  it('understands a bare state, an empty list and nothing at all', () => {
    expect(diff('drafting', 'reported')).toEqual([{ path: '', before: 'drafting', after: 'reported', changed: true }])
    expect(diff({ rows: [] }, { rows: [1] })).toEqual([
      { path: 'rows', before: '[]', after: '', changed: true },
      { path: 'rows[0]', before: '', after: '1', changed: true },
    ])
    expect(diff(null, undefined)).toEqual([])
  })

  it('keeps false and zero, which are not nothing', () => {
    expect(diff({ active: true, n: 1 }, { active: false, n: 0 }).map((line) => line.after)).toEqual(['false', '0'])
  })
})
