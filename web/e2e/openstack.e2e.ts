// The whole case once more, on a real OpenStack cloud that the system administrator first enters as an engine. By pages
// only. `make test-openstack` brings the cloud up and names it; elsewhere the story is skipped and says so.
import { readFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import { apply } from './support/application'
import { CaseOnItsWay } from './support/case'
import { choose, type } from './support/page'
import { actAs } from './support/people'
import { HANDLER, accept, activate, certify, change, deliver, fund, hearAll, openServices, openTrial, ratify, terminate, verifyCertificate } from './support/stages'

const SYSTEM_ADMINISTRATOR = '李文博'
const cloud = process.env.LIYUN_OPENSTACK ?? ''

test('the same case is served by an OpenStack cloud', async ({ page }) => {
  test.skip(!cloud, 'LIYUN_OPENSTACK names no cloud: make test-openstack brings one up')
  test.setTimeout(2_400_000)
  const serial = String(Date.now()).slice(-5)
  const [system, host, engine] = [`漓江航道视频联网系统${serial}`, 'river-video', `政务云一区 ${serial}`]
  await enterCloud(page, engine)
  await actAs(page, HANDLER)
  const kase = new CaseOnItsWay(page, await apply(page, { system, host }))
  await accept(page, kase)
  await hearAll(page, kase)
  await ratify(page, system)
  await fund(kase)
  await openTrial(page, kase, host, engine)
  await openServices(page, kase)
  await deliver(kase)
  await activate(page, kase)
  await change(page, kase, host)
  await terminate(page, kase)
  await certify(kase)
  await verifyCertificate(page, kase)
})

/** The account that the cloud gave us, as its `liyunrc` says. */
function account(): Record<string, string> {
  const lines = readFileSync(`${cloud}/liyunrc`, 'utf8').matchAll(/^export (\w+)="?([^"\n]*)"?$/gm)
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]))
}

async function enterCloud(page: Page, name: string): Promise<void> {
  const rc = account()
  await actAs(page, SYSTEM_ADMINISTRATOR)
  await page.goto('/engines')
  await page.getByRole('button', { name: '登记云引擎' }).click()
  const dialog = page.getByRole('dialog', { name: '登记云引擎' })
  await type(dialog, '名称', name)
  await choose(dialog, '种类', 'OpenStack')
  for (const [label, value] of [
    ['认证地址', rc.OS_AUTH_URL],
    ['区域', rc.OS_REGION_NAME],
    ['用户', rc.OS_USERNAME],
    ['口令', rc.OS_PASSWORD],
    ['用户所属域', rc.OS_USER_DOMAIN_NAME],
    ['项目', rc.OS_PROJECT_NAME],
    ['项目所属域', rc.OS_PROJECT_DOMAIN_NAME],
    ['外部网络', 'public'],
  ] as const) await type(dialog, label, value!)
  // The system that the application names; any other this engine would refuse.
  await dialog.getByRole('button', { name: '添加镜像' }).click()
  await choose(dialog, '操作系统', '麒麟V10')
  await type(dialog, '镜像名称', process.env.LIYUN_OPENSTACK_IMAGE ?? 'test')
  await dialog.getByRole('button', { name: '确定', exact: true }).click()
  await expect(dialog).toBeHidden()
  const card = page.getByRole('article', { name })
  await card.getByRole('button', { name: '立即检测' }).click()
  await expect(card.getByText('可用', { exact: true })).toBeVisible({ timeout: 60_000 })
  await expect(card).not.toContainText(rc.OS_PASSWORD!)
}
