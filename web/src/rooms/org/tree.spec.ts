import { describe, expect, it } from 'vitest'
import { branches, pathTo, visible } from './tree'
import type { OrgNode } from './types'

const node = (id: string, parent: string | null, name: string, people = 0): OrgNode => ({
  id,
  parent_id: parent,
  name,
  short_name: '',
  kind: null,
  level: null,
  office: null,
  county: null,
  active: true,
  people,
})

const nodes = [node('a', null, '市教育局', 2), node('b', 'a', '市第一中学', 3), node('c', 'b', '附属小学', 1), node('d', 'gone', '孤立单位')]

describe('the tree of organisations', () => {
  it('hangs children under their superiors, counts people below, and loses nobody', () => {
    const roots = branches(nodes)
    expect(roots.map((root) => [root.node.id, root.people])).toEqual([
      ['a', 6],
      ['d', 0],
    ])
    expect(roots[0]!.children[0]!.children[0]!.depth).toBe(2)
  })

  it('shows open branches only', () => {
    const roots = branches(nodes)
    expect(visible(roots, new Set(), '').map((one) => one.node.id)).toEqual(['a', 'd'])
    expect(visible(roots, new Set(['a']), '').map((one) => one.node.id)).toEqual(['a', 'b', 'd'])
  })

  it('shows the whole way to what is searched', () => {
    expect(visible(branches(nodes), new Set(), '小学').map((one) => one.node.id)).toEqual(['a', 'b', 'c'])
  })

  it('knows the way up, and ends even where the data run in a ring', () => {
    expect(pathTo(nodes, 'c')).toEqual(['c', 'b', 'a'])
    expect(pathTo([node('x', 'y', 'x'), node('y', 'x', 'y')], 'x')).toEqual(['x', 'y'])
  })
})
