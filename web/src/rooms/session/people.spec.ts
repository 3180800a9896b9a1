import { describe, expect, it } from 'vitest'
import type { DemoPerson } from '@/api/session'
import { groupPeople } from './people'

const term = (code: string, zh: string) => ({ code, zh, en: code })
const person = (name: string, org: string, office: string, ...roles: [string, string][]): DemoPerson => ({
  id: name,
  username: name,
  name,
  org_name: org,
  office: office ? term(office, office) : null,
  roles: roles.map(([code, zh]) => term(code, zh)),
})

const people = [
  person('陆文', '市教育局', 'agency', ['agency_handler', '使用单位经办人']),
  person('秦岚', '市教育局', 'agency', ['agency_leader', '使用单位审核领导']),
  person('蒋明', '市信息中心', 'info_center', ['center_acceptor', '信息中心受理岗']),
  person('莫辰', '漓江云计算', 'supplier', ['supplier_engineer', '供应商运维']),
  person('韦无', '未归类单位', '', ['auditor', '审计/纪检']),
]

describe('the people of the demonstration', () => {
  it('are grouped by kind of office, then by organisation, each once', () => {
    const groups = groupPeople(people, '')
    expect(groups.map((group) => group.title)).toEqual(['使用单位', '市信息中心', '供应商与第三方', '其他'])
    expect(groups[0]!.orgs).toHaveLength(1)
    expect(groups.flatMap((group) => group.orgs.flatMap((org) => org.people))).toHaveLength(people.length)
  })

  it('are found by name, organisation, role or duty', () => {
    for (const [search, name] of [
      ['蒋明', '蒋明'],
      ['信息中心', '蒋明'],
      ['供应商运维', '莫辰'],
      ['不予受理', '蒋明'],
    ]) {
      expect(groupPeople(people, search!).flatMap((group) => group.orgs.flatMap((org) => org.people.map((one) => one.name)))).toEqual([name])
    }
  })

  it('can be narrowed to a stage of the case', () => {
    const names = groupPeople(people, '', 'acceptance').flatMap((group) => group.orgs.flatMap((org) => org.people.map((one) => one.name)))
    expect(names).toEqual(['蒋明'])
  })
})
