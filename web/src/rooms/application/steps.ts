// 填报步骤: which step a finding belongs to, by its JSON path, and where in the step it is to be shown.
import type { Finding } from '@/api/types'

export const STEPS = ['contact', 'request', 'system', 'deployment', 'servers', 'services', 'bastion', 'funding', 'estimate', 'materials', 'review'] as const
export type Step = (typeof STEPS)[number]

const STEP_OF: Record<string, Step> = {
  contact: 'contact',
  request: 'request',
  system: 'system',
  deployment: 'deployment',
  servers: 'servers',
  services: 'services',
  bastion_accounts: 'bastion',
  funding: 'funding',
  estimate: 'estimate',
  attachments: 'materials',
  commitment: 'review',
}

/** Names of the priced parts of a server, where they differ from the form's. */
const PART_OF: Record<string, string> = {
  vcpu: 'vcpu',
  memory: 'memory_gib',
  system: 'system_disk_gib',
  bandwidth_first: 'bandwidth_mbps',
  bandwidth_above: 'bandwidth_mbps',
}

/** A priced line (`s1.d2`, `v3`) as the path of the field it comes from; any other path as it is. */
export function fieldOf(path: string): string {
  const service = /^v(\d+)$/.exec(path)
  if (service) return `services[${Number(service[1]) - 1}].sku`
  const server = /^s(\d+)\.(\w+)$/.exec(path)
  if (!server) return path
  const row = `servers[${Number(server[1]) - 1}]`
  const disk = /^d(\d+)$/.exec(server[2]!)
  return disk ? `${row}.data_disks[${Number(disk[1]) - 1}].size_gib` : `${row}.${PART_OF[server[2]!] ?? server[2]}`
}

/** The step that shows `path`; what belongs nowhere is shown in the last. */
export function stepOf(path: string): Step {
  const head = /^[a-z_]+/.exec(fieldOf(path))?.[0] ?? ''
  return STEP_OF[head] ?? 'review'
}

/** Row of its table a path stands in, from 0. */
export function rowOf(path: string): number | null {
  const row = /^(?:servers|services|bastion_accounts)\[(\d+)\]/.exec(fieldOf(path))
  return row ? Number(row[1]) : null
}

/** Findings with their paths as the form names them. */
export function placed(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, field: fieldOf(finding.field) }))
}

export interface Tally {
  errors: number
  warnings: number
}

/** How much each step still owes. */
export function tally(findings: readonly Finding[]): Record<Step, Tally> {
  const counts = Object.fromEntries(STEPS.map((step) => [step, { errors: 0, warnings: 0 }])) as Record<Step, Tally>
  for (const finding of findings) {
    const count = counts[stepOf(finding.field)]
    if (finding.severity === 'error') count.errors += 1
    else count.warnings += 1
  }
  return counts
}

/** The estimate is a step only where the server asks for it, by the fee or by a finding. */
export function stepsShown(estimateRequired: boolean, findings: readonly Finding[]): Step[] {
  const estimate = estimateRequired || findings.some((finding) => stepOf(finding.field) === 'estimate')
  return STEPS.filter((step) => step !== 'estimate' || estimate)
}

/** Blank fields are not held against someone who has not come past them yet. */
export function shownAt(findings: readonly Finding[], left: ReadonlySet<Step>): Finding[] {
  return findings.filter((finding) => finding.code !== 'form.required' || left.has(stepOf(finding.field)))
}
