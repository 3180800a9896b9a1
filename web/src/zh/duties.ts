// What each role does along the seven stages of 第十条, in one line. Words only: who may do what is the server's.
import { language } from './words'

export type StageCode = 'application' | 'acceptance' | 'review' | 'trial' | 'activation' | 'change' | 'termination'

interface Duty {
  zh: string
  en: string
  /** Stages the role takes a step in; empty for those who watch over all of them. */
  stages: StageCode[]
}

/** The stages in the order of the regulation. */
export const STAGES: { code: StageCode; zh: string; en: string }[] = [
  { code: 'application', zh: '申请', en: 'Application' },
  { code: 'acceptance', zh: '受理', en: 'Acceptance' },
  { code: 'review', zh: '审核', en: 'Review' },
  { code: 'trial', zh: '测试', en: 'Trial' },
  { code: 'activation', zh: '开通', en: 'Activation' },
  { code: 'change', zh: '变更', en: 'Change' },
  { code: 'termination', zh: '终止', en: 'Termination' },
]

const DUTIES: Record<string, Duty> = {
  agency_handler: {
    zh: '填报申请,提交测试报告,确认开通,提出变更与终止',
    en: 'Fills in the application, reports on the trial, confirms, asks for change and end',
    stages: ['application', 'trial', 'activation', 'change', 'termination'],
  },
  agency_leader: {
    zh: '审核本单位的申请、测试报告、变更与终止',
    en: 'Approves what the own agency sends',
    stages: ['application', 'trial', 'activation', 'change', 'termination'],
  },
  agency_sysadmin: { zh: '查看并启停本单位云主机', en: 'Starts and stops the own servers', stages: ['activation'] },
  agency_security: { zh: '管理本单位安全保密信息', en: 'Looks after security in the own agency', stages: [] },
  agency_auditor: { zh: '查阅本单位操作日志', en: 'Reads the own agency’s log', stages: [] },
  consolidator: { zh: '汇总本单位及下属机构的申请上报', en: 'Consolidates the applications of the agencies below', stages: ['application'] },
  county_government: { zh: '汇总、审核、上报本县申请', en: 'Consolidates the county’s applications', stages: ['application'] },
  county_data: { zh: '接收本县变更抄送', en: 'Takes note of the county’s changes', stages: ['change'] },
  county_finance: { zh: '登记本县资金落实,接收变更抄送', en: 'Records the county’s funds, takes note of changes', stages: ['review', 'change'] },
  center_acceptor: { zh: '5 个工作日内核对材料,受理、补正或不予受理', en: 'Checks the papers and accepts within five working days', stages: ['acceptance'] },
  center_reviewer: {
    zh: '组织会审,核减,拟审核意见,编制使用计划,审核变更与终止',
    en: 'Runs the review, cuts down, drafts the plan, decides on change and end',
    stages: ['review', 'change', 'termination'],
  },
  center_resources: { zh: '下达测试通知,处理开通异议,核对三账差异', en: 'Sends the trial notice, settles disputes, compares the books', stages: ['trial', 'activation'] },
  center_lead: { zh: '签发审核意见书与使用计划,复核市政府审定', en: 'Signs the opinion and the plan, checks the ratification', stages: ['review'] },
  authority_officer: { zh: '登记合同,接收变更抄送', en: 'Records contracts, takes note of changes', stages: ['review', 'change'] },
  authority_lead: { zh: '审批延长试用', en: 'Decides on longer trials', stages: ['trial'] },
  government: { zh: '审定云服务使用计划', en: 'Ratifies the usage plan', stages: ['review'] },
  finance: { zh: '出具资金意见,登记资金落实,接收变更抄送', en: 'Gives its opinion, records funds, takes note of changes', stages: ['review', 'change'] },
  police: { zh: '会审出具网络安全意见', en: 'Gives the police’s opinion in the review', stages: ['review'] },
  secrecy_office: { zh: '会审出具保密意见', en: 'Gives the secrecy opinion in the review', stages: ['review'] },
  cyberspace_office: { zh: '政务云安全监管,全程只读', en: 'Supervises security, reads everything', stages: [] },
  expert: { zh: '受邀评估需求,出具专家意见', en: 'Gives an expert opinion when asked', stages: ['review'] },
  third_party: { zh: '受委托咨询、测评', en: 'Consults and tests on commission', stages: [] },
  supplier_manager: {
    zh: '签收测试通知,开通与交付,实施变更,回收并出具清除证明',
    en: 'Acknowledges, opens and delivers, carries out changes, reclaims and certifies',
    stages: ['trial', 'change', 'termination'],
  },
  supplier_engineer: { zh: '开通、变更、回收云资源,完成工单', en: 'Opens, changes and reclaims resources, fulfils work orders', stages: ['trial', 'change', 'termination'] },
  supplier_security: { zh: '查看所服务资源的安全状况', en: 'Watches the security of what is served', stages: [] },
  supplier_finance: { zh: '查看费用与结算', en: 'Looks at charges and settlement', stages: ['activation'] },
  auditor: { zh: '审计监督,全程只读', en: 'Audits; reads everything, changes nothing', stages: [] },
  system_admin: { zh: '建档机构与人员,配置云引擎', en: 'Enters organisations and people, sets up engines', stages: [] },
  security_admin: { zh: '激活账号,授予与收回角色', en: 'Activates accounts, grants and revokes roles', stages: [] },
  audit_admin: { zh: '查阅操作日志,校验日志链', en: 'Reads the log, verifies its chain', stages: [] },
}

/** One line for all roles of a person. */
export function dutiesOf(roles: readonly { readonly code: string }[]): string {
  const lines = roles.map((role) => DUTIES[role.code]).filter((duty) => duty !== undefined)
  return lines.map((duty) => (language.value === 'en' ? duty.en : duty.zh)).join(language.value === 'en' ? '; ' : ';')
}

/** Whether any of the roles takes a step in the stage. */
export function actsIn(roles: readonly { readonly code: string }[], stage: StageCode): boolean {
  return roles.some((role) => DUTIES[role.code]?.stages.includes(stage))
}

/** Groups of the list of people, in the order in which a case meets them. */
export const GROUPS: { zh: string; en: string; offices: string[] }[] = [
  { zh: '使用单位', en: 'Agencies', offices: ['agency'] },
  { zh: '市信息中心', en: 'Information centre', offices: ['info_center'] },
  { zh: '市政府、市工信局与市财政局', en: 'City government, authority and finance', offices: ['city_government', 'authority', 'city_finance'] },
  { zh: '安全监管与审计', en: 'Security and audit', offices: ['cyberspace', 'secrecy', 'police', 'supervision'] },
  { zh: '县(市、区)', en: 'Counties', offices: ['county_government', 'county_data', 'county_finance'] },
  { zh: '供应商与第三方', en: 'Suppliers and third parties', offices: ['supplier', 'third_party'] },
]
