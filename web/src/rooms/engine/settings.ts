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
    image: '',
    external_network: null,
    volume_type: null,
    ca_pem: null,
  }
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
    image: form.image.trim(),
    external_network: or(form.external_network),
    volume_type: or(form.volume_type),
    ca_pem: or(form.ca_pem),
  }
}
