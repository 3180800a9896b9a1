// Measures one run of the demonstration city on this machine; figures stand in docs/benchmarks.md with what made them.
//
// Every latency is also given as a ratio to `GET /api/health` of the same run, so that runs on different
// machines can be compared.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { createServer } from 'node:net'
import { join } from 'node:path'

const program = process.env.LIYUN ?? 'target/release/liyun'
const seconds = Number(process.env.BENCH_SECONDS ?? 8)
const say = (text) => process.stdout.write(`[bench] ${text}\n`)

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

const started = new Set()

/** Starts the server and answers once the page and its first request are served; `ms` from the spawn. */
async function start(dataDir, port) {
  const began = performance.now()
  const child = spawn(program, ['serve', '--demo', '--listen', `127.0.0.1:${port}`, '--data-dir', dataDir], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  started.add(child)
  child.once('exit', () => started.delete(child))
  const base = `http://127.0.0.1:${port}`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    try {
      const page = await fetch(`${base}/`)
      const session = await fetch(`${base}/api/session`)
      if (page.ok && session.ok) return { child, base, ms: performance.now() - began }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5)) // not listening yet
    }
  }
}

function stop(child) {
  return new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill('SIGTERM')
  })
}

async function signIn(base, role) {
  const people = (await (await fetch(`${base}/api/demo/people`)).json()).items
  const person = people.find((one) => one.roles.some((held) => held.code === role))
  if (!person) throw new Error(`nobody in the city holds ${role}`)
  const answer = await fetch(`${base}/api/demo/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: base },
    body: JSON.stringify({ person_id: person.id }),
  })
  if (!answer.ok) throw new Error(`log-in: ${answer.status} ${await answer.text()}`)
  return answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
}

/** Milliseconds out of wrk's "12.34ms", "980.00us", "1.02s". */
function milliseconds(text) {
  const [, figure, unit] = /([\d.]+)(us|ms|s)/.exec(text)
  return Number(figure) * { us: 0.001, ms: 1, s: 1000 }[unit]
}

function load(url, cookie) {
  const output = execFileSync('wrk', ['-t1', '-c4', `-d${seconds}s`, '--latency', '-H', `Cookie: ${cookie}`, url], { encoding: 'utf8' })
  if (/Non-2xx/.test(output)) throw new Error(`${url}: ${output}`)
  const of = (name) => milliseconds(new RegExp(`^\\s+${name}\\s+(\\S+)`, 'm').exec(output)[1])
  return { p50: of('50%'), p99: of('99%'), perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1]) }
}

const memoryMib = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
const fixed = (value, digits = 1) => value.toFixed(digits)

const dataDir = mkdtempSync(join(tmpdir(), 'liyun-bench-'))
execFileSync('chmod', ['755', dataDir])
try {
  say('first start: makes the database and the city')
  const first = await start(dataDir, await freePort())
  await stop(first.child)
  say(`first start ${fixed(first.ms / 1000)} s; starting again`)
  const again = []
  let server
  for (let round = 0; round < 3; round += 1) {
    if (server) await stop(server.child)
    server = await start(dataDir, await freePort())
    again.push(server.ms)
  }
  const { base, child } = server
  const cookie = await signIn(base, 'center_reviewer')
  const cases = (await (await fetch(`${base}/api/cases?limit=100`, { headers: { Cookie: cookie } })).json()).items
  const busiest = cases.find((one) => one.stage.code === 'service') ?? cases[0]
  const pages = [
    ['状态 health', '/api/health'],
    ['工作台 work list', '/api/work-list?box=todo&limit=50'],
    ['办件列表 cases', '/api/cases?limit=50'],
    ['办件页 case page', `/api/cases/${busiest.id}`],
    ['云资源 resources', '/api/resources?limit=50'],
    ['驾驶舱 dashboard', '/api/dashboard'],
  ]
  const rows = []
  for (const [name, path] of pages) {
    say(`${name}: ${seconds} s`)
    rows.push({ name, ...load(base + path, cookie) })
  }
  const memory = memoryMib(child.pid)
  await stop(child)

  const health = rows[0]
  const coldStart = again.sort((a, b) => a - b)[1]
  const table = rows.map(
    (row) => `| ${row.name} | ${fixed(row.p50, 2)} | ${fixed(row.p99, 2)} | ${fixed(row.p99 / health.p99)} | ${fixed(row.perSecond, 0)} |`,
  )
  const text = `# 性能 (benchmarks)

由 \`make bench\` 写成,勿手改。Written by \`make bench\` on ${new Date().toISOString().slice(0, 10)}:
${cpus().length} cores (${cpus()[0].model.trim()}), ${fixed(totalmem() / 2 ** 30, 0)} GiB, \`${program}\`, ${cases.length >= 100 ? 'more than 100' : cases.length} cases in the demonstration city.

| 指标 | 目标 | 实测 |
|---|---:|---:|
| 已有数据目录,启动到首页与首个接口可用 (start to first page, median of 3) | < 2000 ms | ${fixed(coldStart, 0)} ms |
| 首次启动,含建库与生成演示城市 (first start with the city) | — | ${fixed(first.ms / 1000)} s |
| 全部压测后的内存 (memory of \`liyun\` afterwards) | < 150 MiB | ${fixed(memory, 0)} MiB |

\`wrk -t1 -c4 -d${seconds}s --latency\`, one signed-in person, milliseconds:

| 页面 | p50 | p99 | p99 ÷ p99 of health | 每秒 |
|---|---:|---:|---:|---:|
${table.join('\n')}

目标:工作台、办件页 p99 < 50 ms。
`
  writeFileSync('docs/benchmarks.md', text)
  say('docs/benchmarks.md written')
  process.stdout.write(text)
  const slow = rows.filter((row) => /work list|case page/.test(row.name) && row.p99 >= 50)
  if (coldStart >= 2000 || memory >= 150 || slow.length) {
    say(`目标未达到 (targets missed): ${[...slow.map((row) => row.name), coldStart >= 2000 && 'start', memory >= 150 && 'memory'].filter(Boolean).join(', ')}`)
    process.exitCode = 1
  }
} finally {
  for (const child of started) await stop(child)
  rmSync(dataDir, { recursive: true, force: true })
}
