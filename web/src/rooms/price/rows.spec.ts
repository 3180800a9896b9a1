import { describe, expect, it } from 'vitest'
import { categoriesOf, faultsOf, matching } from './rows'
import type { PriceRow } from './types'

const row = (sku: string, category: string, zh: string, note = '') =>
  ({ sku, category, category_zh: `类${category}`, zh, en: sku, note }) as unknown as PriceRow

const rows = [row('EVS-SSD', 'S05', '弹性块存储'), row('ECS-U-VCPU', 'S01', '通用型vCPU', '目录价'), row('ECS-U-MEM', 'S01', '通用型内存')]

describe('the price list', () => {
  it('has its categories in order, with counts', () => {
    expect(categoriesOf(rows).map((one) => [one.code, one.count])).toEqual([
      ['S01', 2],
      ['S05', 1],
    ])
  })

  it('is narrowed by category and by words of name, code and note', () => {
    expect(matching(rows, 'S01', '')).toHaveLength(2)
    expect(matching(rows, '', 'evs').map((one) => one.sku)).toEqual(['EVS-SSD'])
    expect(matching(rows, 'S01', '目录价').map((one) => one.sku)).toEqual(['ECS-U-VCPU'])
    expect(matching(rows, 'S05', '目录价')).toEqual([])
  })
})

describe('faults of an imported file', () => {
  const finding = (field: string) => ({ field, code: 'import.row', zh: '不对', en: 'wrong', severity: 'error' as const })

  it('are told by row and column', () => {
    expect(faultsOf([finding('rows[3].sku'), finding('rows[12]'), finding('version')])).toEqual([
      { row: '3', column: 'sku', text: '不对' },
      { row: '12', column: '', text: '不对' },
      { row: '', column: 'version', text: '不对' },
    ])
  })
})
