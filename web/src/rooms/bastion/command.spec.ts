import { describe, expect, it } from 'vitest'
import { commandBody, commandPath, isDanger, textOf } from './command'

describe('an act of the bastion', () => {
  it('goes to its own room', () => {
    expect(commandPath({ room: 'bastion_account', subject_id: 'a1' })).toBe('/api/bastion-accounts/a1/commands')
    expect(commandPath({ room: 'access_grant', subject_id: 'g1' })).toBe('/api/access-grants/g1/commands')
    expect(commandPath({ room: 'access_alarm', subject_id: 'w1' })).toBe('/api/access-alarms/w1/commands')
  })
  it('says its text under the name the server reads', () => {
    expect(commandBody({ name: 'lock' }, '人员休假')).toEqual({ command: 'lock', reason: '人员休假' })
    expect(commandBody({ name: 'grant' }, '同意')).toEqual({ command: 'grant', opinion: '同意' })
    expect(commandBody({ name: 'withdraw' }, '')).toEqual({ command: 'withdraw' })
    expect(textOf({ name: 'handle' })).toBe('opinion')
  })
  it('is drawn apart where it shuts somebody out', () => {
    expect(['lock', 'revoke', 'refuse'].every((name) => isDanger({ name }))).toBe(true)
    expect(isDanger({ name: 'grant' })).toBe(false)
  })
})
