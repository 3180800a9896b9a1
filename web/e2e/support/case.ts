// One case, as the people of the offices take it on: who, which button, what they write.
import { expect, type Locator, type Page } from '@playwright/test'

/** A case on its way, reached by its address. */
export class CaseOnItsWay {
  constructor(
    private readonly page: Page,
    readonly id: string,
  ) {}

  /** Opens the case as `name`. */
  async as(name: string): Promise<void> {
    await this.page.goto(`/login?switch=1&next=/cases/${this.id}`)
    await this.page.getByLabel('按单位、姓名或角色查找').fill(name)
    await this.page.getByRole('button', { name: new RegExp(`^${name}`) }).first().click()
    await expect(this.page).toHaveURL(new RegExp(`/cases/${this.id}`))
    await expect(this.page.getByRole('region', { name: '办件摘要' })).toBeVisible()
  }

  /** Presses the button of an act, fills its dialog in, confirms, and waits until it is done. */
  async act(button: string, fill?: (dialog: Locator) => Promise<void>, title = button, ok = '确定'): Promise<void> {
    await this.page.getByRole('toolbar', { name: '可办事项' }).getByRole('button', { name: button, exact: true }).click()
    const dialog = this.page.getByRole('dialog', { name: title })
    await expect(dialog).toBeVisible()
    await fill?.(dialog)
    await dialog.getByRole('button', { name: ok, exact: true }).click()
    await expect(dialog).toBeHidden()
  }

  /** The state shown in the summary. */
  async stands(state: string): Promise<void> {
    await expect(this.page.getByRole('region', { name: '办件摘要' })).toContainText(state)
  }

  /** Turns to a tab of the page. */
  async tab(name: string): Promise<Locator> {
    await this.page.getByRole('tab', { name, exact: true }).click()
    return this.page.getByRole('tabpanel', { name, exact: true })
  }
}
