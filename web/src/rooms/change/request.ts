// 变更内容: what was filled in, as the server wants it: only rows that differ, only figures that differ.
import type { Form } from '@/rooms/application/types'
import type { ChangeRequest, ServerChange, ServiceChange } from '@/rooms/case/types'

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
