import { describe, expect, it } from 'vitest'
import { copyOf, emptyServer, freeName, waysOf } from './rows'

describe('a copied row gets a host name of its own', () => {
  it.each([
    ['app', ['app'], 'app-2'],
    ['app-2', ['app', 'app-2'], 'app-3'],
    ['app', ['app', 'app-2', 'app-3'], 'app-4'],
    ['', [''], ''],
  ])('%s beside %j becomes %s', (name, taken, next) => {
    expect(freeName(name, taken)).toBe(next)
  })
  it('shares nothing with the row it came from', () => {
    const row = { ...emptyServer(), host_name: 'db', data_disks: [{ size_gib: 100, kind: 'high_io', quantity: 1 }] }
    const copy = copyOf(row, [row])
    copy.data_disks[0]!.size_gib = 200
    expect(row.data_disks[0]!.size_gib).toBe(100)
    expect(copy.host_name).toBe('db-2')
  })
})

it('says how an account opens the way, also where nothing was ever said of files', () => {
  const word = (list: string, code: string) => `${list}:${code}`
  expect(waysOf({ protocols: ['ssh'] }, word)).toEqual(['bastion_protocol:ssh'])
  expect(waysOf({ protocols: ['sftp'], transfers: ['upload'] }, word)).toEqual(['bastion_protocol:sftp', 'file_transfer:upload'])
})
