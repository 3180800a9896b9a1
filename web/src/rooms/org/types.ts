// 机构、人员、角色 as the server shows them.
import type { Clause, Term } from '@/api/types'

export interface Org {
  id: string
  name: string
  short_name: string
  kind: Term | null
  level: Term | null
  office: Term | null
  credit_code: string
  county: string | null
  county_name: string | null
  parent_id: string | null
  parent_name: string | null
  budget_code: string
  address: string
  active: boolean
  version: number
  may_edit: boolean
}

export interface OrgNode {
  id: string
  parent_id: string | null
  name: string
  short_name: string
  kind: Term | null
  level: Term | null
  office: Term | null
  county: string | null
  active: boolean
  people: number
}

export interface OrgForm {
  name: string
  short_name: string
  kind: string
  level: string
  office: string
  credit_code: string
  county: string | null
  parent_id: string | null
  budget_code: string
  address: string
}

export interface PersonItem {
  id: string
  username: string
  name: string
  org_id: string
  org_name: string
  mobile: string
  id_number: string
  email: string
  state: Term
  roles: Term[]
  last_login_at: string | null
  locked_until: string | null
  second_factor: boolean
  version: number
}

export interface Grant {
  role: Term
  org_id: string
  org_name: string
  granted_at: string
  granted_by_name: string | null
}

export interface PersonAct {
  name: string
  zh: string
  en?: string
  allowed: boolean
  refusal?: { code: string; zh: string; en: string; clause?: Clause | null } | null
  clause?: Clause | null
}

export interface PersonView extends PersonItem {
  office: Term | null
  county: string | null
  grants: Grant[]
  actions: PersonAct[]
}

export interface RoleAction {
  code: string
  zh: string
  clause: Clause | null
  scope: Term
}

export interface RoleRow {
  role: Term
  duties_zh: string
  excludes: Term[]
  actions: RoleAction[]
}
