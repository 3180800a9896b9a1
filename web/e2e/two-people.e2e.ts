// What goes wrong between people: two at one case, the same button twice, a page of another agency, an ended session.
import { expect, test } from '@playwright/test'
import { actAs } from './support/people'
import { type } from './support/page'

test('of two people who act on one case the second is told, and loses nothing', async ({ browser }) => {
  const first = await (await browser.newContext()).newPage()
  const second = await (await browser.newContext()).newPage()
  await actAs(first, '覃丽萍')
  await actAs(second, '莫志强')
  await first.goto('/work')
  await first.getByRole('row').filter({ hasText: '受理' }).getByRole('link').first().click()
  await expect(first.getByRole('region', { name: '办件摘要' })).toBeVisible()
  await second.goto(first.url())
  await second.getByRole('toolbar', { name: '可办事项' }).getByRole('button', { name: '受理', exact: true }).click()
  const late = second.getByRole('dialog', { name: '受理' })
  await type(late, '办理意见', '材料齐全,予以受理')
  await first.getByRole('toolbar', { name: '可办事项' }).getByRole('button', { name: '受理', exact: true }).click()
  const early = first.getByRole('dialog', { name: '受理' })
  await type(early, '办理意见', '材料齐全')
  for (const box of await early.getByRole('checkbox').all()) if (!(await box.isChecked())) await box.check({ force: true })
  await early.getByRole('button', { name: '确定' }).dblclick()
  await expect(early).toBeHidden()
  await late.getByRole('button', { name: '确定' }).click()
  await expect(late.getByText(/已.*更新|他人已修改/)).toBeVisible()
  await expect(late.getByRole('textbox', { name: '办理意见' })).toHaveValue('材料齐全,予以受理')
  await first.context().close()
  await second.context().close()
})

test('a case of another agency is not found', async ({ browser }) => {
  const centre = await (await browser.newContext()).newPage()
  await actAs(centre, '覃丽萍')
  await centre.goto('/cases?q=桂林市教育局')
  await centre.getByRole('row').nth(1).getByRole('link').first().click()
  await expect(centre.getByRole('region', { name: '办件摘要' })).toBeVisible()
  const other = await (await browser.newContext()).newPage()
  await actAs(other, '傅春燕')
  await other.goto(centre.url())
  await expect(other.getByText('没有找到这个办件,或您无权查看')).toBeVisible()
  await centre.context().close()
  await other.context().close()
})

test('an ended session leads to the log-in page and back', async ({ page, context }) => {
  await actAs(page, '覃丽萍')
  await page.goto('/cases')
  await expect(page.getByRole('heading', { name: '办件列表' })).toBeVisible()
  await context.clearCookies()
  await page.reload()
  await expect(page).toHaveURL(/\/login\?next=\/cases/)
})
