// Pure parts of the price list: categories with their counts, and faults of a file by row and column.
import type { Finding } from '@/api/types'
import { sentence } from '@/api/problem'
import type { PriceRow } from './types'

export interface Category {
  code: string
  name: string
  count: number
}

/** Categories in the order of their codes. */
export function categoriesOf(rows: readonly PriceRow[]): Category[] {
  const found = new Map<string, Category>()
  for (const row of rows) {
    const one = found.get(row.category) ?? { code: row.category, name: row.category_zh, count: 0 }
    one.count += 1
    found.set(row.category, one)
  }
  return [...found.values()].sort((a, b) => a.code.localeCompare(b.code))
}

export function matching(rows: readonly PriceRow[], category: string, search: string): PriceRow[] {
  const wanted = search.trim().toLowerCase()
  return rows.filter(
    (row) =>
      (!category || row.category === category) &&
      [row.sku, row.zh, row.en, row.note, row.category_zh].some((text) => text.toLowerCase().includes(wanted)),
  )
}

export interface Fault {
  row: string
  column: string
  text: string
}

/** `rows[3].sku` is row 3, column sku; what blames no row is about the whole file. */
export function faultsOf(findings: readonly Finding[]): Fault[] {
  return findings.map((finding) => {
    const place = /^rows\[(\d+)\](?:\.(.+))?$/.exec(finding.field)
    return { row: place?.[1] ?? '', column: place ? (place[2] ?? '') : finding.field, text: sentence(finding) }
  })
}
