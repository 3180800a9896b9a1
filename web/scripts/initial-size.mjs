// Weighs the JavaScript a first visit must load: the entry with everything it imports at once, gzipped.
// Fails above the limit, so that a heavy import is noticed in the commit that makes it.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const LIMIT_KB = 280
const dist = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..', 'dist')

function read(path) {
  try {
    return readFileSync(join(dist, path))
  } catch {
    console.error(`initial-size: ${join(dist, path)} is missing; run \`npm run build\` first`)
    process.exit(2)
  }
}

const manifest = JSON.parse(read('.vite/manifest.json'))
const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry)
if (entries.length === 0) {
  console.error('initial-size: the manifest names no entry')
  process.exit(2)
}

/** Static imports only: what is imported dynamically loads when its page is opened. */
const seen = new Set()
function visit(key) {
  if (seen.has(key)) return
  seen.add(key)
  for (const next of manifest[key].imports ?? []) visit(next)
}
entries.forEach(visit)

const files = [...seen].map((key) => manifest[key].file).filter((file) => file.endsWith('.js'))
const sizes = files.map((file) => ({ file, bytes: gzipSync(read(file), { level: 9 }).length })).sort((a, b) => b.bytes - a.bytes)
const total = sizes.reduce((sum, one) => sum + one.bytes, 0)
for (const { file, bytes } of sizes) console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${file}`)
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  initial JavaScript, gzip (limit ${LIMIT_KB} kB)`)
if (total > LIMIT_KB * 1000) {
  console.error(`initial-size: ${LIMIT_KB} kB exceeded`)
  process.exit(1)
}
