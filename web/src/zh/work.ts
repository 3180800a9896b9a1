// Words of the work list.
import { words } from './words'

export const work = words({
  title: ['工作台', 'Work list'],
  todo: ['待办', 'To do'],
  done: ['已办', 'Done'],
  mine: ['我发起', 'Started by me'],
  unread: ['待阅', 'To read'],
  boxes: ['工作台栏目', 'Boxes'],
  light: ['时限', 'Limit'],
  limitKind: ['时限性质', 'Kind of limit'],
  number: ['单号', 'Number'],
  system: ['业务系统', 'System'],
  agency: ['使用单位', 'Agency'],
  kind: ['事项', 'Matter'],
  role: ['承办角色', 'Role'],
  state: ['当前状态', 'State'],
  at: ['到达时间', 'Arrived'],
  act: ['操作', 'Act'],
  sign: ['签收', 'Sign for'],
  signed: ['已签收', 'Signed for'],
  open: ['办理', 'Open'],
  unnamed: ['(未填写系统名称)', '(no system name yet)'],
  emptyTodo: ['没有待办事项', 'Nothing to do'],
  emptyDone: ['还没有办过事项', 'Nothing done yet'],
  emptyMine: ['还没有发起过申请', 'Nothing started yet'],
  emptyUnread: ['没有待阅文件', 'Nothing to read'],
})
