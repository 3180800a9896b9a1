// How a person fills in the page: by the label they read, never by class or position.
import { expect, type Locator, type Page } from '@playwright/test'

function item(within: Locator, label: string): Locator {
  return within.locator('.el-form-item', { has: within.page().locator('.el-form-item__label', { hasText: new RegExp(`^${escaped(label)}$`) }) }).last()
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Types into the field under a label. */
export async function type(within: Locator, label: string, text: string): Promise<void> {
  const box = item(within, label).getByRole('textbox').or(item(within, label).getByRole('spinbutton')).first()
  await box.fill(text)
  await box.blur()
}

/** Chooses an entry of the list under a label. */
export async function choose(within: Locator, label: string, option: string): Promise<void> {
  const page = within.page()
  // The shown value lies over the input; a press there is the same to a person.
  await item(within, label).getByRole('combobox').click({ force: true })
  await page.getByRole('option', { name: option, exact: true }).filter({ visible: true }).click()
}

/** Picks one of the values in sight under a label. */
export async function pick(within: Locator, label: string, option: string): Promise<void> {
  await item(within, label).getByText(option, { exact: true }).click()
}

/** Ticks a box by its own words. */
export async function tick(within: Locator, words: string): Promise<void> {
  const box = within.getByRole('checkbox', { name: words })
  if (!(await box.isChecked())) await within.getByText(words, { exact: true }).click()
  await expect(box).toBeChecked()
}

/** Enters a date as one types it. */
export async function date(within: Locator, label: string, day: string): Promise<void> {
  const box = item(within, label).getByRole('combobox').or(item(within, label).getByRole('textbox')).first()
  await box.fill(day)
  await box.press('Enter')
}

/** The demonstration date as the bar shows it. */
export async function today(page: Page): Promise<string> {
  const text = await page.getByRole('complementary', { name: '演示' }).getByText(/^演示日期 \d/).innerText()
  return /\d{4}-\d{2}-\d{2}/.exec(text)![0]
}

/** A day so many days later. */
export function later(day: string, days: number): string {
  const moved = new Date(`${day}T00:00:00Z`)
  moved.setUTCDate(moved.getUTCDate() + days)
  return moved.toISOString().slice(0, 10)
}

/** A smallest honest PDF, different for every text. */
export function pdf(text: string): Buffer {
  return Buffer.from(`%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/MediaBox[0 0 200 200]/Parent 2 0 R>>endobj\n% ${text}\ntrailer<</Root 1 0 R>>\n%%EOF\n`)
}
