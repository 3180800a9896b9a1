import { expect, test } from '@playwright/test'
import { actAsRole } from './support/people'

test('a visitor of the demonstration city picks a person and sees their work list', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('heading', { name: '选择演示人员' })).toBeVisible()
  await expect(page.getByText('演示数据,非真实业务')).toBeVisible()
  await actAsRole(page, '桂林市信息中心', '信息中心受理岗')
  await expect(page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '工作台' })).toBeVisible()
})

test('the demonstration date moves forward by a day and says what fell due', async ({ page }) => {
  await actAsRole(page, '桂林市信息中心', '信息中心受理岗')
  const bar = page.getByRole('complementary', { name: '演示' })
  const before = await bar.getByText(/^演示日期 /).innerText()
  await bar.getByRole('button', { name: '后推 1 天' }).click()
  await expect(bar.getByText(/^演示日期已到 /)).toBeVisible()
  await expect(bar.getByText(/^演示日期 \d/)).not.toHaveText(before)
})
