// Every page a person can reach: no serious fault for assistive technology, no sideways scrolling, no foreign
// address, no error on the console. Pictures are kept beside the test's results.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import { actAs } from './support/people'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SIZES = [
  { width: 1366, height: 768 },
  { width: 1920, height: 1080 },
]
const PEOPLE: { name: string; pages: string[] }[] = [
  { name: '蒋雨桐', pages: ['/work', '/cases', '/plans', '/dashboard', '/resources', '/service-instances', '/pool', '/prices', '/law', '/account'] },
  { name: '廖海涛', pages: ['/engines', '/drift'] },
  { name: '李文博', pages: ['/orgs', '/people', '/roles'] },
  { name: '黄晓燕', pages: ['/access-grants', '/bastion-sessions', '/access-alarms', '/jump-hosts'] },
  { name: '韦振华', pages: ['/audit'] },
]

interface Fault {
  id: string
  impact: string
  nodes: { html: string; target: string[] }[]
}

/** Serious and critical faults, each with where it is. */
async function faults(page: Page): Promise<string[]> {
  // Evaluated over the debugging protocol, which the page's own content policy does not bind.
  await page.evaluate(AXE)
  const found = await page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run: (what: Document, how: object) => Promise<{ violations: Fault[] }> } }).axe
    return (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] })).violations
  })
  return found
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id} ${node.target.join(' ')} ${node.html.slice(0, 160)}`))
}

async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  await expect(page.getByText('正在载入…')).toHaveCount(0)
  // A colour in the middle of its transition is nobody's contrast.
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))))
}

async function examine(page: Page, path: string, picture: string): Promise<void> {
  await page.goto(path)
  await settled(page)
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await settled(page)
    await page.screenshot({ path: `test-results/pages/${picture}-${size.width}.png` })
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(over, `${path} scrolls sideways at ${size.width}`).toBeLessThanOrEqual(0)
  }
  expect(await faults(page), path).toEqual([])
}

function listen(page: Page): string[] {
  const heard: string[] = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && url.hostname !== '127.0.0.1') heard.push(`foreign ${request.url()}`)
  })
  page.on('console', (message) => {
    if (message.type() === 'error') heard.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => heard.push(`${page.url()}: ${error.message}`))
  return heard
}

test('the log-in page and the check of a document are open to all and sound', async ({ page }) => {
  const heard = listen(page)
  await examine(page, '/login', 'login')
  await examine(page, '/verify', 'verify')
  await examine(page, '/nowhere', 'not-found')
  expect(heard).toEqual([])
})

for (const person of PEOPLE) {
  test(`the pages of ${person.name} are sound at both sizes`, async ({ page }) => {
    test.setTimeout(240_000)
    const heard = listen(page)
    await actAs(page, person.name)
    for (const path of person.pages) await examine(page, path, path.slice(1).replaceAll('/', '-'))
    expect(heard).toEqual([])
  })
}

test('the page of a case is sound on every tab', async ({ page }) => {
  test.setTimeout(240_000)
  const heard = listen(page)
  await actAs(page, '蒋雨桐')
  await page.goto('/cases?stage=service')
  await page.getByRole('row').nth(1).getByRole('link').first().click()
  await expect(page.getByRole('region', { name: '办件摘要' })).toBeVisible()
  const address = new URL(page.url()).pathname
  for (const tab of ['basic', 'resources', 'materials', 'timeline', 'flow', 'money', 'trial', 'service']) {
    await examine(page, `${address}?tab=${tab}`, `case-${tab}`)
  }
  expect(heard).toEqual([])
})
