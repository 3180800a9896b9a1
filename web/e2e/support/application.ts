// Filling in 附件2 with its two tables, step by step, as a clerk of the ecology bureau would.
import { expect, type Locator, type Page } from '@playwright/test'
import { choose, later, pdf, pick, tick, today, type, date } from './page'

export interface Wish {
  system: string
  host: string
}

async function step(page: Page, name: string): Promise<Locator> {
  await page.getByRole('navigation', { name: '填报步骤' }).getByRole('button', { name }).click()
  await expect(page.getByRole('heading', { level: 2, name, exact: true })).toBeVisible()
  return page.getByRole('region', { name: '政务云资源申请表' })
}

async function people(page: Page): Promise<void> {
  const form = await step(page, '单位与人员')
  await type(form, '资源交付邮箱', 'jiance@gl.gov.cn')
  await type(form, '单位负责人', '严国平')
  await type(form, '分管领导', '蒋立新')
  await type(form, '手机', '13877310026')
  await type(form, '系统管理员', '秦文静')
  await type(form, '安全保密员', '唐晓峰')
  await type(form, '安全审计员', '李玉梅')
}

async function system(page: Page, name: string): Promise<void> {
  const kind = await step(page, '申请类型')
  await pick(kind, '申请方式', '专项(分散)申请')
  await choose(kind, '专项理由', '上级部署重大任务')
  await pick(kind, '建设性质', '新建')
  await pick(kind, '紧急程度', '急')
  const form = await step(page, '业务系统')
  await type(form, '系统名称', name)
  await choose(form, '系统类别', '监管执法')
  await choose(form, '服务对象', '单位内部')
  await type(form, '系统概述', '汇集漓江流域各监测断面的水质自动监测数据,对超标情况自动告警并派单处置,供市、县两级生态环境部门联合值守使用,替代现有人工报表与电话通知,数据按日归集并与自治区平台交换。')
  await type(form, '注册用户数', '320')
  await type(form, '峰值并发', '60')
  await pick(form, '是否非涉密系统', '是')
  await pick(form, '是否处理工作秘密', '否')
  await choose(form, '个人信息规模', '不含')
  await choose(form, '等级保护定级', '二级')
  await type(form, '数据共享范围', '水质监测数据向市大数据平台及各县生态环境部门共享')
  await pick(form, '政务云应用软件能否满足', '否')
  await type(form, '不能满足的理由', '目录中的应用软件不含水质自动监测站的采集协议')
}

async function servers(page: Page, host: string): Promise<void> {
  const form = await step(page, '服务器资源')
  await form.getByRole('button', { name: '添加服务器' }).click()
  const row = page.getByRole('dialog', { name: '服务器第 1 行' })
  await choose(row, '用途', '应用')
  await type(row, '主机名', host)
  await pick(row, '云区', '专有云')
  await choose(row, '网络区', '政务外网区')
  await pick(row, 'CPU 架构', 'ARM(信创)')
  await choose(row, '操作系统', '麒麟V10')
  await choose(row, 'vCPU(核)', '1')
  await type(row, '内存(GB)', '1')
  await type(row, '系统盘(GB)', '40')
  await choose(row, '系统盘类型', '普通IO')
  await type(row, '数量(台)', '1')
  await type(row, '测算依据', '按并发 60、日增数据 0.2 GB 测算,一台即可满足未来一年需要')
  await row.getByRole('button', { name: '完成' }).click()
  await expect(row).toBeHidden()
}

/** A backup vault, which the supplier's engineer opens by hand. */
async function services(page: Page): Promise<void> {
  const form = await step(page, '其他服务')
  await form.getByRole('button', { name: '添加服务' }).click()
  await choose(form, '产品', '数据库备份存储库 BAK-DB')
  await type(form, '数量', '100')
  await type(form, '测算依据', '系统盘 40 GB,保留每周全量与七日增量')
}

async function materials(page: Page): Promise<void> {
  await step(page, '材料')
  // What is due depends on what was filled in, which is saved first.
  await expect(page.getByText('专项申请依据文件').first()).toBeVisible()
  const uploads = page.getByRole('region', { name: '政务云资源申请表' }).locator('[data-field^="attachments."]')
  for (let at = 0; at < (await uploads.count()); at += 1) {
    const kind = uploads.nth(at)
    const name = `材料${at + 1}.pdf`
    await kind.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/pdf', buffer: pdf(name) })
    await expect(kind.getByRole('link', { name })).toBeVisible()
  }
}

/** From 新建申请 to 待单位审核; answers the case's id. */
export async function apply(page: Page, wish: Wish): Promise<string> {
  await page.goto('/work')
  await page.getByRole('button', { name: '新建申请' }).click()
  await expect(page).toHaveURL(/\/cases\/[0-9a-f-]{36}\/form/)
  const id = /cases\/([0-9a-f-]{36})/.exec(page.url())![1]!
  const now = await today(page)
  await people(page)
  await system(page, wish.system)
  const where = await step(page, '部署')
  await pick(where, '云区', '专有云')
  await type(where, '备份要求', '每日增量、每周全量,保留 30 天')
  await servers(page, wish.host)
  await services(page)
  const funds = await step(page, '资金')
  await choose(funds, '资金来源', '已落实项目资金')
  await type(funds, '预算项目名称或编码', '漓江水质自动监测能力建设')
  await date(funds, '预计开通日期', later(now, 60))
  await materials(page)
  const review = await step(page, '核对提交')
  await tick(review, '我已阅读并确认以上承诺')
  await expect(page.getByText('已于').first()).toBeVisible()
  await expect(page.getByText('各项校验已通过,可以提交')).toBeVisible()
  await page.getByRole('button', { name: '提交单位审核' }).click()
  await expect(page).toHaveURL(new RegExp(`/cases/${id}$`))
  return id
}
