import { describe, expect, it } from 'vitest'
import { sideBySide } from './columns'

const item = (sku: string, quantity: number) => ({ sku, name: `名${sku}`, unit: '核', quantity, fen_per_year: 0 })
const column = (...items: ReturnType<typeof item>[]) => ({ items, fen_per_year: 0 })

describe('sideBySide', () => {
  it('shows every product of any column once, with 0 where a column lacks it', () => {
    const rows = sideBySide({ approved: column(item('vcpu', 4)), charged: column(item('vcpu', 4)), real: column(item('vcpu', 6), item('disk', 7)) })
    expect(rows.map((row) => [row.sku, row.approved, row.charged, row.real])).toEqual([
      ['vcpu', 4, 4, 6],
      ['disk', 0, 0, 7],
    ])
  })

  it('says nothing of a column that is not there: a trial is not charged', () => {
    const rows = sideBySide({ approved: column(item('vcpu', 4)), charged: null, real: column() })
    expect(rows.map((row) => [row.approved, row.charged, row.real])).toEqual([[4, null, 0]])
  })
})
