import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Compresses once at build time what would otherwise be compressed at every visit; the program serves `name.gz`. */
function precompress(): Plugin {
  let out = 'dist'
  return {
    name: 'precompress',
    apply: 'build',
    configResolved: (config) => void (out = resolve(config.root, config.build.outDir)),
    closeBundle: () => {
      for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name)
        if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue
        const content = readFileSync(path)
        if (content.length > 1400) writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
      }
    },
  }
}

// Chunks are left to lazy routes: grouping by hand either drew the charts into the first page or broke it.
export default defineConfig({
  plugins: [
    vue(),
    Components({ dirs: [], dts: 'src/components.d.ts', resolvers: [ElementPlusResolver({ importStyle: 'css' })] }),
    precompress(),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // Under the strict content policy nothing may be a data: script; small images as data: are allowed.
    assetsInlineLimit: 2048,
    reportCompressedSize: false,
    manifest: true,
  },
  server: {
    proxy: { '/api': process.env.LIYUN_DEV_SERVER ?? 'http://127.0.0.1:8080' },
  },
  test: {
    // A spec that mounts something asks for a page itself: making one takes longer than all the others together.
    environment: 'node',
    include: ['src/**/*.spec.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
})
