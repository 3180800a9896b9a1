// The left menu: which pages a person is offered, by what the session says their roles may do.
import { may } from '@/api/session'
import { shell } from '@/zh/shell'

export interface Entry {
  to: string
  label: string
}

export interface Group {
  title: string
  entries: Entry[]
}

interface Offer extends Entry {
  /** Offered to whoever holds one of these actions; to everyone where absent. */
  needs?: string[]
}

/** Groups with at least one entry, in the order of the work. */
export function menu(): Group[] {
  const groups: { title: string; entries: Offer[] }[] = [
    {
      title: shell.groupWork,
      entries: [
        { to: '/work', label: shell.workList },
        { to: '/cases', label: shell.cases, needs: ['case.view'] },
        { to: '/plans', label: shell.plans, needs: ['usage_plan.view'] },
        { to: '/dashboard', label: shell.dashboard, needs: ['dashboard.view'] },
      ],
    },
    {
      title: shell.groupCloud,
      entries: [
        { to: '/resources', label: shell.resources, needs: ['resource.view'] },
        { to: '/service-instances', label: shell.serviceInstances, needs: ['resource.view'] },
        { to: '/drift', label: shell.drift, needs: ['drift.view'] },
        { to: '/pool', label: shell.pool, needs: ['pool.view'] },
        { to: '/engines', label: shell.engines, needs: ['engine.view', 'operation.view'] },
      ],
    },
    {
      title: shell.groupAccess,
      entries: [
        { to: '/access-grants', label: shell.accessGrants, needs: ['bastion.view'] },
        { to: '/bastion-sessions', label: shell.bastionSessions, needs: ['bastion.view'] },
        { to: '/access-alarms', label: shell.accessAlarms, needs: ['bastion.view'] },
        { to: '/jump-hosts', label: shell.jumpHosts, needs: ['jump_host.view'] },
      ],
    },
    {
      title: shell.groupBase,
      entries: [
        { to: '/prices', label: shell.prices, needs: ['price.view'] },
        { to: '/law', label: shell.law, needs: ['regulation.view', 'calendar.view'] },
      ],
    },
    {
      title: shell.groupSystem,
      entries: [
        { to: '/orgs', label: shell.orgs, needs: ['org.view'] },
        { to: '/people', label: shell.people, needs: ['person.view'] },
        { to: '/roles', label: shell.roles, needs: ['role.view'] },
        { to: '/audit', label: shell.audit, needs: ['audit.view'] },
      ],
    },
  ]
  return groups
    .map((group) => ({ title: group.title, entries: group.entries.filter((one) => may(...(one.needs ?? []))) }))
    .filter((group) => group.entries.length > 0)
}
