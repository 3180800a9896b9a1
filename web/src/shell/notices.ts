// Short notices after an act, announced politely. Element's message, loaded when first needed.
export function notice(text: string, kind: 'success' | 'warning' | 'error' = 'success'): void {
  void Promise.all([import('element-plus/es/components/message/index.mjs'), import('element-plus/es/components/message/style/css.mjs')]).then(
    ([{ ElMessage }]) => ElMessage({ message: text, type: kind, grouping: true, plain: true, duration: 4000 }),
  )
}
