// What an entry changed, path by path; pure.

export interface DiffLine {
  path: string
  before: string
  after: string
  changed: boolean
}

function said(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Leaves of a JSON value by path, e.g. `form.servers[0].vcpu`; a bare value has the empty path. */
function leaves(value: unknown, path: string, into: Map<string, string>): void {
  if (Array.isArray(value) && value.length) value.forEach((one, index) => leaves(one, `${path}[${index}]`, into))
  else if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length)
    for (const [key, one] of Object.entries(value)) leaves(one, path ? `${path}.${key}` : key, into)
  else if (value !== null && value !== undefined) into.set(path, said(value))
}

/** Every leaf of either side in the order of first sight, changed ones marked. */
export function diff(before: unknown, after: unknown): DiffLine[] {
  const [old, now] = [new Map<string, string>(), new Map<string, string>()]
  leaves(before, '', old)
  leaves(after, '', now)
  return [...new Set([...old.keys(), ...now.keys()])].map((path) => {
    const pair = { before: old.get(path) ?? '', after: now.get(path) ?? '' }
    return { path, ...pair, changed: pair.before !== pair.after }
  })
}
