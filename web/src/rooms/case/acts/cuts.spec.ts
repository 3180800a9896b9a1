import { describe, expect, it } from 'vitest'
import type { Form } from '@/rooms/application/types'
import { cutRows, cutsOf, isCut, pathOf } from './cuts'

const form = { servers: [{}, {}], services: [{}] } as Form

describe('cuts line by line', () => {
  it('offers every line and sends only those filled in', () => {
    const rows = cutRows(form)
    expect(rows.map((row) => [row.target, row.index])).toEqual([
      ['server', 0],
      ['server', 1],
      ['service', 0],
    ])
    expect(cutsOf(rows)).toEqual([])
    Object.assign(rows[1]!, { vcpu: 4, reason: '并发不足' })
    Object.assign(rows[2]!, { quantity: 0, reason: '已有同类服务' })
    expect(cutsOf(rows)).toEqual([
      { target: 'server', index: 1, vcpu: 4, reason: '并发不足' },
      { target: 'service', index: 0, quantity: 0, reason: '已有同类服务' },
    ])
  })
  it('counts a granted nothing as a cut', () => {
    const rows = cutRows(form)
    rows[0]!.quantity = 0
    expect(isCut(rows[0]!)).toBe(true)
    expect(isCut(rows[1]!)).toBe(false)
  })
  it('knows under which path the server speaks of a line', () => {
    const rows = cutRows(form)
    rows[2]!.quantity = 1
    expect(pathOf(rows, rows[2]!)).toBe('conclusion.cuts[0]')
    rows[0]!.vcpu = 2
    expect(pathOf(rows, rows[2]!)).toBe('conclusion.cuts[1]')
  })
})
