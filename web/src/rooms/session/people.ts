// How the list of demonstration people is searched and grouped; pure.
import type { DemoPerson } from '@/api/session'
import { actsIn, dutiesOf, GROUPS, type StageCode } from '@/zh/duties'
import { say } from '@/zh/words'

export interface OrgPeople {
  org: string
  people: DemoPerson[]
}

export interface PeopleGroup {
  title: string
  orgs: OrgPeople[]
}

function fits(person: DemoPerson, wanted: string, stage: StageCode | ''): boolean {
  if (stage && !actsIn(person.roles, stage)) return false
  if (!wanted) return true
  const text = [person.org_name, person.name, person.username, dutiesOf(person.roles), ...person.roles.flatMap((role) => [role.zh, role.en])]
  return text.join(' ').toLowerCase().includes(wanted)
}

function byOrg(people: DemoPerson[]): OrgPeople[] {
  const orgs = new Map<string, DemoPerson[]>()
  for (const person of people) orgs.set(person.org_name, [...(orgs.get(person.org_name) ?? []), person])
  return [...orgs.entries()].map(([org, members]) => ({ org, people: members }))
}

/** People that fit the search and the stage, by kind of office and organisation; nobody is left out or shown twice. */
export function groupPeople(people: DemoPerson[], search: string, stage: StageCode | '' = ''): PeopleGroup[] {
  const wanted = search.trim().toLowerCase()
  const found = people.filter((person) => fits(person, wanted, stage))
  const known = GROUPS.flatMap((group) => group.offices)
  const groups = GROUPS.map((group) => ({ title: say(group), members: found.filter((person) => group.offices.includes(person.office?.code ?? '')) }))
  const rest = found.filter((person) => !known.includes(person.office?.code ?? ''))
  if (rest.length) groups.push({ title: say({ zh: '其他', en: 'Others' }), members: rest })
  return groups.filter((group) => group.members.length > 0).map((group) => ({ title: group.title, orgs: byOrg(group.members) }))
}
