// Writes docs/benchmarks-openstack.md from the figures that measure.sh gathered, one `name=value` a line. Figures that
// were not measured this time stay as they are.
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('../../docs/benchmarks-openstack.md', import.meta.url)
const fresh = Object.fromEntries(readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean).map((line) => line.split('=')))
const day = new Date().toISOString().slice(0, 10)

const rows = [
  ['own_ms_per_call', 'ms', '每次调用,云平台自身用时之外 (a call, beyond the cloud’s own time)', '< 50 ms'],
  ['calls', '', '其中计量的调用次数 (calls measured)', '—'],
  ['program_answers_s', 's', '下达开通到公网可访问,本系统 (order to answer, by the program)', '—'],
  ['client_answers_s', 's', '同样的对象,云平台命令行客户端 (the same by the command-line client)', '—'],
  ['ratio', '', '两者之比 (program ÷ client)', '≤ 1.2'],
  ['servers', '', '一次运行中开通的云主机,无一丢失或重复 (servers in one run, none lost or doubled)', '1000'],
  ['hosts', '', '所在宿主机,只保持状态 (on so many hosts, which hold states only)', '—'],
  ['wall_s', 's', '其用时 (how long that took)', '—'],
  ['look_s', 's', '随后逐台核对用时 (looking at each of them afterwards)', '—'],
]

let before = ''
try { before = readFileSync(FILE, 'utf8') } catch { /* The first time there is none. */ }
const kept = (label) => before.split('\n').find((line) => line.startsWith(`| ${label} |`))
const line = ([key, unit, label, target]) =>
  key in fresh ? `| ${label} | ${target} | ${fresh[key]} ${unit} | ${day} |`.replace('  |', ' |') : (kept(label) ?? `| ${label} | ${target} | 未测 (not measured) | |`)

writeFileSync(FILE, `# OpenStack 驱动计量 (the OpenStack driver, measured)

由 \`scripts/openstack/measure.sh\` 写成,勿手改。Written by \`scripts/openstack/measure.sh\`; two cores, the whole
control plane on the same machine. The door that measures the cloud's part of a call counts as ours.

| 指标 | 目标 | 实测 | 日期 |
|---|---:|---:|---|
${rows.map(line).join('\n')}
`)
