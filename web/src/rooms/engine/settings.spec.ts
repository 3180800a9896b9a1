import { describe, expect, it } from 'vitest'
import { blank, entered } from './settings'

describe('settings of a cloud', () => {
  it('are sent without spaces at their ends, and optional ones left empty as nothing', () => {
    const sent = entered({ ...blank(), auth_url: ' https://cloud:5000/v3 ', image: 'debian-12', external_network: '  ', ca_pem: '' })
    expect(sent).toMatchObject({ auth_url: 'https://cloud:5000/v3', image: 'debian-12', external_network: null, ca_pem: null, region: 'RegionOne' })
  })
})
