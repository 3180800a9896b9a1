import { describe, expect, it } from 'vitest'
import { blank, copyOf, entered, setVolumeType, volumeTypeOf } from './settings'

describe('settings of a cloud', () => {
  it('are sent without spaces at their ends, and optional ones left empty as nothing', () => {
    const sent = entered({ ...blank(), auth_url: ' https://cloud:5000/v3 ', image: 'debian-12', external_network: '  ', eraser_image: ' eraser ', ca_pem: '' })
    expect(sent).toMatchObject({ auth_url: 'https://cloud:5000/v3', image: 'debian-12', external_network: null, eraser_image: 'eraser', ca_pem: null, region: 'RegionOne' })
  })

  it('leave out a kind of disk without its type', () => {
    const form = blank()
    form.images.push({ operating_system: 'kylin_v10', architecture: null, image: ' kylin ' })
    form.dedicated_hosts.push({ host: ' node-1 ', architecture: 'arm' })
    setVolumeType(form, 'high_io', ' nvme ')
    setVolumeType(form, 'ordinary', '  ')
    expect(entered(form)).toMatchObject({
      image: null,
      images: [{ operating_system: 'kylin_v10', architecture: null, image: 'kylin' }],
      dedicated_hosts: [{ host: 'node-1', architecture: 'arm' }],
      volume_types: [{ kind: 'high_io', volume_type: 'nvme' }],
    })
  })

  it('are edited as a copy', () => {
    const kept = blank()
    kept.images.push({ operating_system: 'uos_20', architecture: 'arm', image: 'uos' })
    const edited = copyOf(kept)
    edited.images[0]!.image = 'other'
    setVolumeType(edited, 'high_io', 'nvme')
    kept.dedicated_hosts.push({ host: 'node-1', architecture: 'x86' })
    copyOf(kept).dedicated_hosts[0]!.host = 'node-2'
    expect(kept.dedicated_hosts[0]!.host).toBe('node-1')
    expect(kept.images[0]!.image).toBe('uos')
    expect([volumeTypeOf(kept, 'high_io'), volumeTypeOf(edited, 'high_io')]).toEqual(['', 'nvme'])
  })
})
