// 价格目录 as the server shows it.
import type { Term } from '@/api/types'

export interface VersionView {
  code: string
  from: string
  to: string
  official: boolean
  ratified_number: string | null
  note: string
  products: number
  in_force: boolean
}

export interface PriceRow {
  version: string
  from: string
  to: string
  sku: string
  category: string
  category_zh: string
  class: string | null
  class_term: Term | null
  zh: string
  en: string
  unit_zh: string
  basis: string
  basis_term: Term
  source: string
  source_term: Term
  note: string
  spec: Record<string, number>
  price_fen: number
}

export interface PricePage {
  versions: VersionView[]
  items: PriceRow[]
  next_cursor: string | null
  count: number
}

export interface CatalogImported {
  version: string
  from: string
  to: string
  products: number
  official: boolean
  dry_run: boolean
}
