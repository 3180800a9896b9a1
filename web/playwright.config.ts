// Stories in real Chromium against the real program: a fresh demonstration city on a free port, one story after the other.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { defineConfig } from '@playwright/test'

const PICK_PORT = "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})"

// The workers read this file again: what was chosen first must stay.
process.env.LIYUN_E2E_PORT ??= execFileSync(process.execPath, ['-e', PICK_PORT], { encoding: 'utf8' }).trim()
process.env.LIYUN_E2E_DATA ??= mkdtempSync(join(tmpdir(), 'liyun-e2e-'))
// Started by root, PostgreSQL runs as another user, who must be able to pass through.
chmodSync(process.env.LIYUN_E2E_DATA, 0o755)

const program = process.env.LIYUN_BIN ?? resolve(import.meta.dirname, '../target/debug/liyun')
// A running city can be used instead, while one writes a story.
const baseURL = process.env.LIYUN_E2E_URL ?? `http://127.0.0.1:${process.env.LIYUN_E2E_PORT}`

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.e2e.ts',
  // One city, one date that only moves forward: stories share it and run in order.
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: process.env.CI ? [['line'], ['html', { open: 'never' }]] : 'list',
  use: {
    baseURL,
    actionTimeout: 20_000,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1366, height: 768 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.LIYUN_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  webServer: process.env.LIYUN_E2E_URL ? undefined : {
    command: `"${program}" --data-dir "${process.env.LIYUN_E2E_DATA}" serve --demo --listen 127.0.0.1:${process.env.LIYUN_E2E_PORT}`,
    url: `${baseURL}/api/health`,
    timeout: 240_000,
    stdout: 'pipe',
    stderr: 'pipe',
    // The private database wants to be told.
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
  },
})
