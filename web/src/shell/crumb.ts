// The last breadcrumb, where a page knows a better name than its route (a case's number).
import { ref, watch } from 'vue'
import { router } from './router'

export const crumb = ref('')
watch(router.currentRoute, (to, from) => {
  if (to.path !== from.path) crumb.value = ''
})
