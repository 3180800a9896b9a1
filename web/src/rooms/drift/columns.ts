// The three columns of one row, product by product; what differs is the server's word, here it only stands side by side.
import type { DriftRow, ItemView } from './types'

export interface ProductRow {
  sku: string
  name: string
  unit: string
  approved: number | null
  charged: number | null
  real: number | null
}

const quantity = (items: ItemView[] | undefined, sku: string) => (items ? (items.find((one) => one.sku === sku)?.quantity ?? 0) : null)

/** Every product of any column, in the order in which they first appear. */
export function sideBySide(row: Pick<DriftRow, 'approved' | 'charged' | 'real'>): ProductRow[] {
  const columns = [row.approved?.items, row.charged?.items, row.real?.items]
  const products = new Map<string, ItemView>()
  for (const item of columns.flatMap((items) => items ?? [])) if (!products.has(item.sku)) products.set(item.sku, item)
  return [...products.values()].map(({ sku, name, unit }) => {
    const [approved, charged, real] = columns.map((items) => quantity(items, sku))
    return { sku, name, unit, approved: approved ?? null, charged: charged ?? null, real: real ?? null }
  })
}
