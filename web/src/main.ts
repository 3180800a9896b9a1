import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import 'element-plus/theme-chalk/base.css'
import './style/tokens.css'
import './style/base.css'
import { whenExpired } from './api/http'
import { loadSession } from './api/session'
import { shell } from './zh/shell'
import { language, setLanguage } from './zh/words'
import App from './shell/App.vue'
import { queryClient } from './shell/queries'
import { router } from './shell/router'
import { notice } from './shell/notices'

setLanguage(language.value)
whenExpired(() => {
  const here = router.currentRoute.value
  if (here.meta.open) return
  notice(shell.expired, 'warning')
  void loadSession().finally(() => router.replace({ name: 'login', query: { next: here.fullPath } }))
})

createApp(App).use(VueQueryPlugin, { queryClient }).use(router).mount('#app')
