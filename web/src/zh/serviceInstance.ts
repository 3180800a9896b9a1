// 服务实例: words of the pages about other services.
import { words } from './words'

export const service = words({
  title: ['服务实例(其他服务)', 'Other services'],
  none: ['没有下达其他服务', 'No other services were ordered'],
  number: ['实例编号', 'Number'],
  product: ['产品', 'Product'],
  category: ['服务种类', 'Kind of service'],
  quantity: ['现有/核定数量', 'Running / approved'],
  approved: ['核定', 'approved'],
  state: ['状态', 'State'],
  due: ['时限', 'Due'],
  way: ['开通方式', 'How fulfilled'],
  evidence: ['凭证', 'Evidence'],
  acts: ['办理', 'Acts'],
  q: ['编号、产品、系统或单位', 'Number, product, system or agency'],
  reported: ['登记数量', 'Quantity'],
  reportedHint: (ordered: number, unit: string) => [`下达数量 ${ordered},计量单位 ${unit};须全部办完再登记`, `${ordered} ordered, in ${unit}; report when all of it is done`],
  reportOf: (act: string, at: string, by: string) => [`${act} ${at} ${by}`, `${act} ${at} ${by}`],
  withServers: ['随云主机由引擎办理', 'Done by the engine with the servers'],

  fulfilment: ['服务开通方式', 'How services are fulfilled'],
  fulfilmentLead: [
    '各类服务在每种引擎上由谁开通、凭什么登记。种类出自办法,方式与凭证是本系统的规定。',
    'Who opens each kind on each kind of engine, and what must be shown. The kinds are the regulation’s, the rest is our decision.',
  ],
  part: ['产品', 'Products'],
  rest: ['其余', 'the rest'],
  toOpen: ['开通凭证', 'To open'],
  toChange: ['变更凭证', 'To change'],
  toReclaim: ['回收凭证', 'To reclaim'],
})
