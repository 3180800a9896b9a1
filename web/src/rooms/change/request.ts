// 变更内容: what was filled in, as the server wants it: only rows that differ, only figures that differ.
import { copied } from '@/rooms/application/rows'
import type { BastionLine, Form } from '@/rooms/application/types'
import type { AccountChange, ChangeRequest, ServerChange, ServiceChange } from '@/rooms/case/types'

export interface RowEdit {
  index: number
  vcpu: number | null
  memory_gib: number | null
  disks: (number | null)[]
}

/** Rows to fill in: as they are, with what an earlier draft changed. */
export function rowEdits(form: Form, draft?: ChangeRequest): RowEdit[] {
  return form.servers.map((line, index) => {
    const drafted = draft?.servers.find((one) => one.index === index)
    return {
      index,
      vcpu: drafted?.vcpu ?? line.vcpu,
      memory_gib: drafted?.memory_gib ?? line.memory_gib,
      disks: line.data_disks.map((disk, at) => drafted?.data_disks_gib[at] ?? disk.size_gib),
    }
  })
}

/** Disks are sent all or none, since each is known by its place. */
export function serverChanges(form: Form, edits: readonly RowEdit[]): ServerChange[] {
  const changes: ServerChange[] = []
  for (const edit of edits) {
    const line = form.servers[edit.index]
    if (!line) continue
    const disks = line.data_disks.map((disk, at) => edit.disks[at] ?? disk.size_gib ?? 0)
    const disksDiffer = disks.some((size, at) => size !== line.data_disks[at]?.size_gib)
    const vcpu = edit.vcpu !== null && edit.vcpu !== line.vcpu ? edit.vcpu : undefined
    const memory = edit.memory_gib !== null && edit.memory_gib !== line.memory_gib ? edit.memory_gib : undefined
    if (vcpu === undefined && memory === undefined && !disksDiffer) continue
    changes.push({
      index: edit.index,
      ...(vcpu === undefined ? {} : { vcpu }),
      ...(memory === undefined ? {} : { memory_gib: memory }),
      data_disks_gib: disksDiffer ? disks : [],
    })
  }
  return changes
}

export interface ServiceEdit {
  index: number
  quantity: number | null
}

/** Rows of other services to fill in; one that was given up does not come back. */
export function serviceEdits(form: Form, draft?: ChangeRequest): ServiceEdit[] {
  const edits = form.services.map((line, index) => ({ index, quantity: draft?.services.find((one) => one.index === index)?.quantity ?? line.quantity }))
  return edits.filter((edit) => form.services[edit.index]?.quantity !== 0)
}

/** Only quantities that differ; a cleared one stays as it is, 0 gives the row up. */
export function serviceChanges(form: Form, edits: readonly ServiceEdit[]): ServiceChange[] {
  return edits.flatMap(({ index, quantity }) => (quantity === null || quantity === form.services[index]?.quantity ? [] : [{ index, quantity }]))
}

export interface AccountEdit {
  /** Row of 附件2-2; none where it is added. */
  index: number | null
  line: BastionLine
  /** To be given up. */
  gone: boolean
}

/** What a change may say of an account there is; its person stays. */
const termsOf = (line: BastionLine) => ({
  protocols: [...line.protocols],
  transfers: [...(line.transfers ?? [])],
  hosts: [...line.hosts],
  source: line.source,
  hours: line.hours ?? 'office',
  valid_from: line.valid_from ?? '',
  valid_to: line.valid_to ?? '',
})

/** Accounts to fill in: as they are, with what an earlier draft changed, and those it adds. One that was given up stays so. */
export function accountEdits(form: Form, draft?: ChangeRequest): AccountEdit[] {
  const kept = form.bastion_accounts.flatMap((line, index): AccountEdit[] => {
    if (!line.hosts.length) return []
    const { index: _, ...drafted } = draft?.accounts.find((one) => one.index === index) ?? { index }
    const gone = 'hosts' in drafted && !drafted.hosts.length
    return [{ index, line: { ...copied(line), ...(gone ? {} : copied(drafted)) }, gone }]
  })
  return [...kept, ...(draft?.new_accounts ?? []).map((line) => ({ index: null, line: copied(line), gone: false }))]
}

/** True where it is to be other than it is. */
export function accountDiffers(form: Form, edit: AccountEdit): boolean {
  const was = edit.index === null ? undefined : form.bastion_accounts[edit.index]
  return !was || edit.gone || JSON.stringify(termsOf(edit.line)) !== JSON.stringify(termsOf(was))
}

/** Only accounts that differ; without hosts one is given up. */
export function accountChanges(form: Form, edits: readonly AccountEdit[]): AccountChange[] {
  const differing = edits.filter((edit) => accountDiffers(form, edit))
  return differing.flatMap(({ index, line, gone }) => (index === null ? [] : [{ index, ...termsOf(line), ...(gone ? { hosts: [] } : {}) }]))
}

export const newAccounts = (edits: readonly AccountEdit[]): BastionLine[] => edits.filter((edit) => edit.index === null).map((edit) => edit.line)

/** What the row is called in the change, as the server's findings name it. */
export function accountPath(form: Form, edits: readonly AccountEdit[], edit: AccountEdit): string {
  const alike = edits.filter((one) => (edit.index === null ? one.index === null : one.index !== null && accountDiffers(form, one)))
  return `${edit.index === null ? 'new_accounts' : 'accounts'}[${alike.indexOf(edit)}]`
}
