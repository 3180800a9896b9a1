import { describe, expect, it } from 'vitest'
import { byAction, byRole } from './rights'
import type { RoleRow } from './types'

const term = (code: string, zh: string) => ({ code, zh, en: code })
const act = (code: string, zh: string, cite: string, scope: string) => ({ code, zh, clause: { code: cite, cite }, scope: term(scope, scope) })
const rows: RoleRow[] = [
  { role: term('center_acceptor', '信息中心受理岗'), duties_zh: '', excludes: [], actions: [act('application.accept', '受理', '第十条(二)', 'all'), act('case.view', '查看办件', '第十条', 'all')] },
  { role: term('agency_handler', '使用单位经办人'), duties_zh: '', excludes: [], actions: [act('case.view', '查看办件', '第十条', 'org_tree')] },
]

describe('the authorization table', () => {
  it('read by action, names each holder with its scope', () => {
    const view = byAction(rows, '').find((one) => one.code === 'case.view')!
    expect(view.holders.map((one) => [one.role.code, one.scope.code])).toEqual([
      ['center_acceptor', 'all'],
      ['agency_handler', 'org_tree'],
    ])
  })

  it('is searched by role, action and clause', () => {
    expect(byRole(rows, '受理岗')).toHaveLength(1)
    expect(byRole(rows, '受理岗')[0]!.actions).toHaveLength(2)
    expect(byRole(rows, '查看办件').map((one) => one.actions.length)).toEqual([1, 1])
    expect(byAction(rows, '(二)').map((one) => one.code)).toEqual(['application.accept'])
    expect(byRole(rows, '没有')).toEqual([])
  })
})
