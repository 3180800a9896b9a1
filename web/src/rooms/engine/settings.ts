// Settings of a cloud between form and server: what is left empty is sent as nothing.
import type { OpenstackSettings } from './types'

/** An empty form, with what most clouds have. */
export function blank(): OpenstackSettings {
  return {
    auth_url: '',
    region: 'RegionOne',
    interface: 'public',
    user: '',
    user_domain: 'Default',
    project: '',
    project_domain: 'Default',
    image: null,
    images: [],
    external_network: null,
    volume_type: null,
    volume_types: [],
    eraser_image: null,
    login_key: null,
    dedicated_hosts: [],
    ca_pem: null,
  }
}

/** A copy to edit, so that what is not saved changes nothing. */
export function copyOf(settings: OpenstackSettings): OpenstackSettings {
  return {
    ...settings,
    images: settings.images.map((choice) => ({ ...choice })),
    volume_types: settings.volume_types.map((choice) => ({ ...choice })),
    dedicated_hosts: settings.dedicated_hosts.map((choice) => ({ ...choice })),
  }
}

/** The volume type entered for a kind of disk. */
export function volumeTypeOf(settings: OpenstackSettings, kind: string): string {
  return settings.volume_types.find((choice) => choice.kind === kind)?.volume_type ?? ''
}

/** Enters it, in the place it has or in a new one. */
export function setVolumeType(settings: OpenstackSettings, kind: string, volumeType: string): void {
  const own = settings.volume_types.find((choice) => choice.kind === kind)
  if (own) own.volume_type = volumeType
  else settings.volume_types.push({ kind, volume_type: volumeType })
}

/** As it is sent: without spaces at the ends, and null where an optional field is empty. */
export function entered(form: OpenstackSettings): OpenstackSettings {
  const or = (text: string | null) => text?.trim() || null
  return {
    auth_url: form.auth_url.trim(),
    region: form.region.trim(),
    interface: form.interface,
    user: form.user.trim(),
    user_domain: form.user_domain.trim(),
    project: form.project.trim(),
    project_domain: form.project_domain.trim(),
    image: or(form.image),
    images: form.images.map((choice) => ({ ...choice, image: choice.image.trim() })),
    external_network: or(form.external_network),
    volume_type: or(form.volume_type),
    volume_types: form.volume_types
      .map((choice) => ({ ...choice, volume_type: choice.volume_type.trim() }))
      .filter((choice) => choice.volume_type !== ''),
    eraser_image: or(form.eraser_image),
    login_key: or(form.login_key),
    dedicated_hosts: form.dedicated_hosts.map((choice) => ({ ...choice, host: choice.host.trim() })),
    ca_pem: or(form.ca_pem),
  }
}
