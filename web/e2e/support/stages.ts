// The seven stages of a case of the ecology bureau, each step by the person whose step it is.
import { expect, type Locator, type Page } from '@playwright/test'
import type { CaseOnItsWay } from './case'
import { choose, date, pick, tick, today, type } from './page'
import { actAs } from './people'

export const HANDLER = '傅春燕' // 桂林市生态环境局经办人
const LEADER = '严国平'
const ACCEPTOR = '覃丽萍'
const REVIEWER = '蒋雨桐'
const LEAD = '阳春梅'
const RESOURCES = '廖海涛'
const AUTHORITY = '周立新'
const FINANCE = '邓小红'
const SUPPLIER_MANAGER = '石丽娜'
const SUPPLIER_ENGINEER = '张桂香'
const ENGINE_PATIENCE = { timeout: 180_000 }

/** Until the engine is not at work on the case and has met with nothing it waits for. */
async function engineRests(page: Page): Promise<void> {
  await expect(page.getByRole('status').filter({ hasText: /云引擎正在执行|等待自动重试|失败待处理/ })).toBeHidden(ENGINE_PATIENCE)
}

const opinion = (text: string) => (dialog: Locator) => type(dialog, '办理意见', text)

export async function accept(page: Page, kase: CaseOnItsWay): Promise<void> {
  await kase.as(LEADER)
  await kase.act('单位领导同意', opinion('同意申请,所需资金已落实'))
  await kase.as(ACCEPTOR)
  await expect(page.getByRole('region', { name: '办件摘要' })).toContainText('剩余 5 个工作日')
  await kase.act('受理', opinion('材料齐全,予以受理'))
  await kase.stands('审核中')
}

export async function hearAll(page: Page, kase: CaseOnItsWay): Promise<void> {
  const heard = (dialog: Locator) => async () => {
    await pick(dialog, '意见结论', '同意')
    await type(dialog, '办理意见', '符合要求,同意')
  }
  const summary = page.getByRole('region', { name: '办件摘要' })
  const expert = /(蓝晓芳|农志远|容雅琴|全建平)/.exec(await summary.innerText())![1]!
  for (const person of ['何静怡', FINANCE, '陈国栋', expert]) {
    await kase.as(person)
    await kase.act('出具意见', async (dialog) => {
      await heard(dialog)()
      if (person === expert) await type(dialog, '评分(0–100)', '88')
    })
  }
  await kase.as(REVIEWER)
  await kase.act('拟定审核结论', async (dialog) => {
    await pick(dialog, '审核结论', '通过')
    await type(dialog, '办理意见', '必要可行,按申请核定')
  })
  await kase.as(LEAD)
  await kase.act('签发审核意见书', opinion('同意签发'))
  await kase.stands('审核通过')
}

export async function ratify(page: Page, system: string): Promise<void> {
  const confirm = () => page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
  const press = (button: string) => page.getByRole('toolbar', { name: '可办事项' }).getByRole('button', { name: button, exact: true }).click()
  await actAs(page, REVIEWER)
  await page.goto('/plans')
  await page.getByRole('button', { name: '编制新计划' }).click()
  await confirm()
  await expect(page).toHaveURL(/\/plans\/[0-9a-f-]{36}/)
  const plan = page.url()
  await page.getByRole('table', { name: '待列入的申请' }).getByRole('row').filter({ hasText: system }).getByRole('button', { name: '列入' }).click()
  await confirm()
  await expect(page.getByRole('table', { name: '已列入的申请' }).getByRole('row').filter({ hasText: system })).toBeVisible()
  await actAs(page, LEAD)
  await page.goto(plan)
  await press('签发上报')
  await type(page.getByRole('dialog'), '办理意见', '同意上报市人民政府审定')
  await confirm()
  await expect(page.getByText('已上报')).toBeVisible()
  await actAs(page, REVIEWER)
  await page.goto(plan)
  await press('录入市政府审定')
  const record = page.getByRole('dialog')
  await type(record, '审定文号', '市政函〔2026〕18号')
  await date(record, '审定日期', await today(page))
  await confirm()
  await expect(page.getByText('审定待复核')).toBeVisible()
  await actAs(page, LEAD)
  await page.goto(plan)
  await press('复核市政府审定')
  await confirm()
  await expect(page.getByText('已审定').first()).toBeVisible()
}

export async function fund(kase: CaseOnItsWay): Promise<void> {
  await kase.as(FINANCE)
  await kase.act('登记资金落实')
  await kase.as(AUTHORITY)
  await kase.act('登记合同', (dialog) => type(dialog, '合同号', 'GLZWY-HT-2026-081'))
  await kase.as(RESOURCES)
  await kase.act('下达测试通知')
  await kase.as(SUPPLIER_MANAGER)
  await kase.act('签收测试通知')
}

/** The server of this name as the engine holds it. */
async function server(kase: CaseOnItsWay, host: string): Promise<Locator> {
  const resources = await kase.tab('资源明细')
  return resources.getByRole('row').filter({ hasText: host }).filter({ hasText: 'vCPU ·' })
}

/** Opens the trial on the engine whose name begins so. */
export async function openTrial(page: Page, kase: CaseOnItsWay, host: string, engine = '本机虚拟化'): Promise<void> {
  await kase.as(SUPPLIER_ENGINEER)
  await kase.act('开通测试资源', (dialog) => dialog.getByRole('radio', { name: new RegExp(`^${engine}`) }).check({ force: true }))
  const row = await server(kase, host)
  await expect(row).toContainText('测试', ENGINE_PATIENCE)
  await expect(row).toContainText(/\d+\.\d+\.\d+\.\d+/, ENGINE_PATIENCE)
  await expect(row).not.toContainText('模拟')
  await engineRests(page)
}

const BACKUP = '数据库备份存储库'

/** The engineer reports a service of the case with its evidence; without it nothing is taken. */
async function report(page: Page, kase: CaseOnItsWay, act: string, evidence: [label: string, text: string][]): Promise<void> {
  await kase.as(SUPPLIER_ENGINEER)
  const resources = await kase.tab('资源明细')
  await resources.getByRole('row').filter({ hasText: BACKUP }).getByRole('button', { name: act }).click()
  const dialog = page.getByRole('dialog', { name: `${act}:${BACKUP}` })
  await dialog.getByRole('button', { name: '确定', exact: true }).click()
  await expect(dialog.locator('.finding').first()).toBeVisible()
  for (const [label, text] of evidence) await type(dialog, label, text)
  await dialog.getByRole('button', { name: '确定', exact: true }).click()
  await expect(dialog).toBeHidden()
}

/** The service of the case as the page shows it. */
async function serviceStands(kase: CaseOnItsWay, state: string): Promise<void> {
  const resources = await kase.tab('资源明细')
  await expect(resources.getByRole('row').filter({ hasText: BACKUP }).filter({ hasText: 'GLZWY-FW-' })).toContainText(state)
}

export async function openServices(page: Page, kase: CaseOnItsWay): Promise<void> {
  await report(page, kase, '登记开通', [
    ['实例编号', 'vault-0773-18'],
    ['策略清单编号', '备份策略清单 18 号'],
    ['恢复演练记录', '恢复一台云主机,用时 12 分钟,结论通过'],
  ])
  await serviceStands(kase, '测试中')
}

export async function deliver(kase: CaseOnItsWay): Promise<void> {
  await kase.as(SUPPLIER_MANAGER)
  await kase.act('交付测试资源', async (dialog) => {
    await type(dialog, '对接纪要', '与使用单位对接,确认部署环境')
    await type(dialog, '迁移部署方案', '在测试主机部署应用并导入样本数据')
    await type(dialog, '测试期(天)', '10')
  })
  await kase.stands('测试中')
}

export async function activate(page: Page, kase: CaseOnItsWay): Promise<void> {
  await kase.as(HANDLER)
  await kase.act('提交测试报告', async (dialog) => {
    for (const [label, figure] of [['功能用例数', '40'], ['通过用例数', '40'], ['高危漏洞数', '0'], ['中危漏洞数', '1'], ['低危漏洞数', '3']] as const) await type(dialog, label, figure)
    await pick(dialog, '性能是否达标', '是')
    await pick(dialog, '备份恢复是否验证', '是')
    await pick(dialog, '测试结论', '通过')
    await type(dialog, '性能测试情况', '60 并发下平均响应 0.4 秒')
    await type(dialog, '安全测试情况', '漏洞扫描无高危')
    await type(dialog, '办理意见', '满足上线要求')
  })
  await kase.as(LEADER)
  await kase.act('审核测试报告', opinion('同意转为正式环境'))
  await kase.stands('测试通过')
  const bar = page.getByRole('complementary', { name: '演示' })
  const state = page.getByRole('region', { name: '办件摘要' })
  for (let leap = 0; leap < 5 && !(await state.innerText()).includes('已开通'); leap += 1) {
    await bar.getByRole('button', { name: '后推 5 个工作日' }).click()
    await expect(bar.getByText(/^演示日期已到 /)).toBeVisible({ timeout: 60_000 })
    await page.reload()
    await expect(state).toBeVisible()
  }
  await expect(state).toContainText('已开通待确认')
  await kase.as(HANDLER)
  await kase.act('确认正式开通', opinion('资源与核定一致'))
  await kase.stands('运行中')
  await expect((await kase.tab('费用')).getByText('服务年')).toBeVisible()
}

export async function change(page: Page, kase: CaseOnItsWay, host: string): Promise<void> {
  await kase.as(HANDLER)
  await kase.act(
    '申请变更',
    async (dialog) => {
      await dialog.getByRole('combobox', { name: `${host} vCPU(核)` }).click({ force: true })
      await page.getByRole('option', { name: '2', exact: true }).filter({ visible: true }).click()
      await dialog.getByRole('spinbutton', { name: `${host} 内存(GB)` }).fill('2')
      await type(dialog, '变更原因', '接入县级断面后并发增加')
      await type(dialog, '业务影响与回退方案', '夜间停机十分钟,失败则恢复原规格')
      await type(dialog, '资金来源', '年度运维经费')
      await expect(dialog.getByText('本服务年应补')).toBeVisible()
    },
    '变更申请',
    '保存草稿',
  )
  await kase.act('提交变更申请')
  await kase.as(LEADER)
  await kase.act('单位领导同意变更', opinion('同意变更,费用自行解决'))
  await kase.as(REVIEWER)
  await kase.act('同意变更', opinion('同意'))
  await kase.as(SUPPLIER_ENGINEER)
  await kase.act('实施变更')
  await expect(await server(kase, host)).toContainText('2 vCPU', ENGINE_PATIENCE)
  await engineRests(page)
  await kase.stands('运行中')
  for (const reader of [AUTHORITY, FINANCE]) {
    await actAs(page, reader)
    await page.goto('/work?box=unread')
    await expect(page.getByRole('button', { name: '签收' }).first()).toBeVisible()
  }
}

export async function terminate(page: Page, kase: CaseOnItsWay): Promise<void> {
  await kase.as(HANDLER)
  const day = await today(page)
  await kase.act(
    '申请终止',
    async (dialog) => {
      await choose(dialog, '终止原因', '系统整合')
      await date(dialog, '系统下线日期', day)
      for (const done of ['业务应用系统已下线', '数据迁移备份已完成', '堡垒机、VPN 账号已列入回收清单']) await tick(dialog, done)
      await type(dialog, '备份位置与校验值', '市大数据平台归档区,SM3 已核对')
      await choose(dialog, '数据处置方式', '移交本单位')
    },
    '终止申请',
    '保存草稿',
  )
  await kase.act('提交终止申请')
  await kase.as(LEADER)
  await kase.act('单位领导确认终止', opinion('确认终止'))
  await kase.as(REVIEWER)
  await kase.act('同意终止', opinion('同意终止,余期入调配池'))
  await kase.as(SUPPLIER_ENGINEER)
  await kase.act('回收资源')
  await engineRests(page)
  await report(page, kase, '登记回收', [
    ['数据清除方法', '删除备份并销毁加密密钥'],
    ['清除证明编号', '清除记录 18 号'],
  ])
  await expect(page.getByRole('region', { name: '办件摘要' })).toContainText('已回收待证明', ENGINE_PATIENCE)
}

export async function certify(kase: CaseOnItsWay): Promise<void> {
  await kase.as(SUPPLIER_MANAGER)
  await kase.act('出具清除证明', async (dialog) => {
    await type(dialog, '监督人', '廖海涛')
    await type(dialog, '移交内容', '业务数据库全量备份一份')
  })
  await kase.stands('已终止')
}

export async function verifyCertificate(page: Page, kase: CaseOnItsWay): Promise<void> {
  await kase.as(HANDLER)
  const number = /GLZWY-SQ-\d{4}-\d{5}/.exec(await page.getByRole('region', { name: '办件摘要' }).innerText())![0]
  const materials = await kase.tab('材料')
  const row = materials.getByRole('row').filter({ hasText: '清除证明' })
  const code = (await row.locator('.mono').first().innerText()).trim()
  const href = await row.getByRole('link', { name: /PDF|下载|打开/ }).first().getAttribute('href')
  const pdf = await page.request.get(href!)
  expect((await pdf.body()).subarray(0, 5).toString()).toBe('%PDF-')
  await page.goto(`/verify/${code}`)
  await expect(page.getByText('数据清除证明')).toBeVisible()
  await actAs(page, RESOURCES)
  await page.goto('/pool')
  // What runs out first stands first, and this was opened last.
  const search = page.getByRole('textbox', { name: '服务、编码、来源单号或原使用单位' })
  await search.fill(number)
  await search.press('Enter')
  await expect(page.getByRole('link', { name: number }).first()).toBeVisible()
}
