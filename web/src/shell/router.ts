// The one path builder: every page, its title, whom the menu offers it to, and what loads it.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { current, loadSession, unfinished } from '@/api/session'
import { shell } from '@/zh/shell'

declare module 'vue-router' {
  interface RouteMeta {
    title?: () => string
    /** Reached without signing in. */
    open?: boolean
    /** Breadcrumb parent. */
    parent?: string
  }
}

export const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/work' },
  { path: '/login', name: 'login', component: () => import('@/rooms/session/Login.vue'), meta: { open: true, title: () => shell.signIn } },
  { path: '/setup', name: 'setup', component: () => import('@/rooms/session/SetUp.vue'), meta: { open: true, title: () => shell.setUp } },
  { path: '/verify/:code?', name: 'verify', component: () => import('@/rooms/document/Verify.vue'), meta: { open: true, title: () => shell.verify } },
  { path: '/account', name: 'account', component: () => import('@/rooms/session/Account.vue'), meta: { title: () => shell.account } },
  { path: '/work', name: 'work', component: () => import('@/rooms/work/WorkList.vue'), meta: { title: () => shell.workList } },
  { path: '/cases', name: 'cases', component: () => import('@/rooms/case/CaseList.vue'), meta: { title: () => shell.cases } },
  { path: '/cases/:id', name: 'case', component: () => import('@/rooms/case/CasePage.vue'), meta: { title: () => shell.case, parent: 'cases' } },
  { path: '/cases/:id/form', name: 'form', component: () => import('@/rooms/application/FormPage.vue'), meta: { title: () => shell.form, parent: 'cases' } },
  { path: '/plans', name: 'plans', component: () => import('@/rooms/usage_plan/PlanList.vue'), meta: { title: () => shell.plans } },
  { path: '/plans/:id', name: 'plan', component: () => import('@/rooms/usage_plan/PlanPage.vue'), meta: { title: () => shell.plan, parent: 'plans' } },
  { path: '/resources', name: 'resources', component: () => import('@/rooms/provisioning/ResourceList.vue'), meta: { title: () => shell.resources } },
  { path: '/resources/:id', name: 'resource', component: () => import('@/rooms/provisioning/ResourcePage.vue'), meta: { title: () => shell.resource, parent: 'resources' } },
  { path: '/service-instances', name: 'service-instances', component: () => import('@/rooms/service_instance/InstanceList.vue'), meta: { title: () => shell.serviceInstances } },
  { path: '/bastion-sessions', name: 'bastion-sessions', component: () => import('@/rooms/bastion/SessionList.vue'), meta: { title: () => shell.bastionSessions } },
  { path: '/access-grants', name: 'access-grants', component: () => import('@/rooms/bastion/GrantList.vue'), meta: { title: () => shell.accessGrants } },
  { path: '/access-alarms', name: 'access-alarms', component: () => import('@/rooms/bastion/AlarmList.vue'), meta: { title: () => shell.accessAlarms } },
  { path: '/jump-hosts', name: 'jump-hosts', component: () => import('@/rooms/bastion/JumpHosts.vue'), meta: { title: () => shell.jumpHosts } },
  { path: '/drift', name: 'drift', component: () => import('@/rooms/drift/DriftList.vue'), meta: { title: () => shell.drift } },
  { path: '/pool', name: 'pool', component: () => import('@/rooms/termination/PoolList.vue'), meta: { title: () => shell.pool } },
  { path: '/engines', name: 'engines', component: () => import('@/rooms/engine/EngineList.vue'), meta: { title: () => shell.engines } },
  { path: '/orgs', name: 'orgs', component: () => import('@/rooms/org/OrgList.vue'), meta: { title: () => shell.orgs } },
  { path: '/people', name: 'people', component: () => import('@/rooms/org/PeopleList.vue'), meta: { title: () => shell.people } },
  { path: '/people/:id', name: 'person', component: () => import('@/rooms/org/PersonPage.vue'), meta: { title: () => shell.person, parent: 'people' } },
  { path: '/roles', name: 'roles', component: () => import('@/rooms/org/RolesPage.vue'), meta: { title: () => shell.roles } },
  { path: '/prices', name: 'prices', component: () => import('@/rooms/price/PriceList.vue'), meta: { title: () => shell.prices } },
  { path: '/law', name: 'law', component: () => import('@/rooms/calendar/LawPage.vue'), meta: { title: () => shell.law } },
  { path: '/audit', name: 'audit', component: () => import('@/rooms/audit/AuditLog.vue'), meta: { title: () => shell.audit } },
  { path: '/dashboard', name: 'dashboard', component: () => import('@/rooms/dashboard/Dashboard.vue'), meta: { title: () => shell.dashboard } },
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('./NotFound.vue'), meta: { open: true, title: () => shell.notFound } },
]

export const router = createRouter({ history: createWebHistory(), routes, scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 } })

router.beforeEach(async (to) => {
  if (!current.loaded) {
    try {
      await loadSession()
    } catch {
      return true // the page itself says that the server cannot be reached
    }
  }
  const session = current.session
  if (session.setup_required && !to.meta.open) return { name: 'login' }
  if (!session.signed_in && !to.meta.open) return { name: 'login', query: to.fullPath === '/work' ? {} : { next: to.fullPath } }
  if (unfinished(session) && !to.meta.open) return { name: 'login', query: { next: to.fullPath } }
  return true
})

router.afterEach((to) => {
  const title = to.meta.title?.()
  document.title = [title, `${shell.product} ${shell.system}`].filter(Boolean).join(' · ')
})
