import { expect, test } from 'vitest'
import { commandBody, fieldOf, isDanger, roomFor, share } from './command'

test('a restoring carries the typed name, a note of loss its reason, the others nothing', () => {
  expect(commandBody({ name: 'restore' }, 'app')).toEqual({ command: 'restore', confirm: 'app' })
  expect(commandBody({ name: 'write_off' }, '存储损坏')).toEqual({ command: 'write_off', reason: '存储损坏' })
  expect(commandBody({ name: 'prove' }, '')).toEqual({ command: 'prove' })
  expect(fieldOf({ name: 'drop' })).toBeNull()
})

test('what cannot be taken back is red', () => {
  expect(['restore', 'drop', 'write_off'].every((name) => isDanger({ name }))).toBe(true)
  expect(['prove', 'give_up'].some((name) => isDanger({ name }))).toBe(false)
})

test('the bar is full and no fuller', () => {
  expect(share({ approved_gib: 120, used_gib: 100 })).toBe(83)
  expect(share({ approved_gib: 100, used_gib: 140 })).toBe(100)
  expect(share({ approved_gib: 0, used_gib: 0 })).toBe(0)
  expect(share({ approved_gib: 0, used_gib: 40 })).toBe(100)
})

test('a schedule takes room for one more of every disk than stays', () => {
  expect(roomFor([{ size_gib: 40 }, { size_gib: 100 }], 7)).toBe(1120)
  expect(roomFor([], 7)).toBe(0)
})
