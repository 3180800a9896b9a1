import { describe, expect, it } from 'vitest'
import { bytes, count, daysBetween, moment, wanYuan, yuan } from './format'

describe('amounts in 元', () => {
  it.each([
    [0, '0.00'],
    [5, '0.05'],
    [50, '0.50'],
    [100, '1.00'],
    [140950, '1,409.50'],
    [10000000, '100,000.00'],
    [9999999, '99,999.99'],
    [-38400000, '-384,000.00'],
    [10000000001, '100,000,000.01'],
    [9007199254740991, '90,071,992,547,409.91'],
  ])('%d fen are written %s', (fen, text) => {
    expect(yuan(fen)).toBe(text)
  })
})

describe('amounts in 万元', () => {
  it.each([
    [0, '0.00'],
    [4999, '0.00'],
    [5000, '0.01'],
    [10000000, '10.00'],
    [123456789, '123.46'],
    [-123456789, '-123.46'],
  ])('%d fen are written %s', (fen, text) => {
    expect(wanYuan(fen)).toBe(text)
  })
})

describe('counts, sizes and times', () => {
  it('groups thousands', () => {
    expect(count(2000000)).toBe('2,000,000')
    expect(count(999)).toBe('999')
    expect(count(-1234)).toBe('-1,234')
  })
  it('says sizes in the unit a person uses', () => {
    expect(bytes(512)).toBe('512 B')
    expect(bytes(1536)).toBe('1.5 KB')
    expect(bytes(52428800)).toBe('50.0 MB')
  })
  it('shows an instant in Beijing time, wherever the browser is', () => {
    expect(moment('2026-03-04T16:30:05Z')).toBe('2026-03-05 00:30')
    expect(moment('2026-03-04T16:30:05Z', true)).toBe('2026-03-05 00:30:05')
    expect(moment(null)).toBe('')
    expect(moment('not a time')).toBe('not a time')
  })
  it('counts calendar days over a leap day and a year', () => {
    expect(daysBetween('2024-02-28', '2024-03-01')).toBe(2)
    expect(daysBetween('2025-12-31', '2026-01-01')).toBe(1)
    expect(daysBetween('2026-03-05', '2026-03-05')).toBe(0)
    expect(daysBetween('2026-03-05', '2026-03-01')).toBe(-4)
  })
})
