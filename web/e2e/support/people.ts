// Signing in as the people of the demonstration city, as a reader of the page would.
import { expect, type Page } from '@playwright/test'

/** Chooses the person at the list of demonstration people; the present page is returned to where there is one. */
export async function actAs(page: Page, name: string): Promise<void> {
  const bar = page.getByRole('complementary', { name: '演示' })
  if (await bar.getByRole('button', { name: '切换人员' }).isVisible()) await bar.getByRole('button', { name: '切换人员' }).click()
  else await page.goto('/login')
  await page.getByLabel('按单位、姓名或角色查找').fill(name)
  await page.getByRole('button', { name }).first().click()
  await expect(page.getByRole('banner').getByText(name)).toBeVisible()
}

/** Chooses whoever holds the role at the organisation. */
export async function actAsRole(page: Page, organisation: string, role: string): Promise<void> {
  await page.goto('/login?switch=1')
  await page.getByLabel('按单位、姓名或角色查找').fill(organisation)
  await page.getByRole('region', { name: organisation, exact: true }).getByRole('button', { name: role }).first().click()
  await expect(page.getByRole('banner').getByText(role).first()).toBeVisible()
}
