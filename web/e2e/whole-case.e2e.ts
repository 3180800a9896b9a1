// One case from a blank application to a running guest of the libvirt engine, through a change, to its certificate
// of erasure. By pages only.
import { test } from '@playwright/test'
import { apply } from './support/application'
import { CaseOnItsWay } from './support/case'
import { actAs } from './support/people'
import { HANDLER, accept, activate, certify, change, deliver, fund, hearAll, openServices, openTrial, ratify, terminate, verifyCertificate } from './support/stages'

test('a case goes from a blank application to a running guest to its certificate of erasure', async ({ page }) => {
  test.setTimeout(900_000)
  // Its own name at each run, so that a running city can be used again.
  const [system, host] = [`漓江水质监测联合值守系统${String(Date.now()).slice(-5)}`, 'water-watch']
  await actAs(page, HANDLER)
  const kase = new CaseOnItsWay(page, await apply(page, { system, host }))
  await kase.stands('单位审核')
  await accept(page, kase)
  await hearAll(page, kase)
  await ratify(page, system)
  await fund(kase)
  await openTrial(page, kase, host)
  await openServices(page, kase)
  await deliver(kase)
  await activate(page, kase)
  await change(page, kase, host)
  await terminate(page, kase)
  await certify(kase)
  await verifyCertificate(page, kase)
})
