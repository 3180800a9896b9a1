// The form while it is filled in: what stands in it, what the server says of it, and whether it is safe.
import { computed, inject, onBeforeUnmount, ref, watch, type InjectionKey, type Ref } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'
import { http } from '@/api/http'
import type { Finding } from '@/api/types'
import { useCase } from '@/rooms/case/useCase'
import type { CaseView } from '@/rooms/case/types'
import { useFormOptions } from './options'
import { copied } from './rows'
import { saveQueue } from './saveQueue'
import { placed, stepOf } from './steps'
import type { Form, Quote, Saved } from './types'

/** What decides which materials are due: after a change of these the server's list is read again. */
function duesOf(form: Form): string {
  return [form.request.construction, form.request.mode, form.funding.source].join()
}

function quoteOf(view: Quote): Quote {
  const { lines, fee_fen_per_year, fee_zh, price_version, estimate_required } = view
  return { lines, fee_fen_per_year, fee_zh, price_version, estimate_required }
}

export function useApplicationForm(id: string) {
  const { query, view, renew } = useCase(ref(id))
  const options = useFormOptions()
  const form = ref<Form | null>(null) as Ref<Form | null>
  const version = ref(0)
  const findings = ref<Finding[]>([])
  const quote = ref<Quote | null>(null)
  /** Whether the list of materials was drawn up for what stands in the form now. */
  const duesKnown = computed(() => Boolean(view.value && form.value && duesOf(view.value.form) === duesOf(form.value)))

  const queue = saveQueue<Saved>({
    send: () => http.put<Saved>(`/api/applications/${id}/form`, form.value, { version: version.value }),
    took: (saved) => {
      version.value = saved.version
      findings.value = placed(saved.findings)
      quote.value = quoteOf(saved)
      if (!duesKnown.value) void query.refetch()
    },
  })

  function take(now: CaseView) {
    form.value = copied(now.form)
    version.value = now.version
    findings.value = placed(now.findings)
    quote.value = quoteOf(now)
  }

  // The first answer fills the form; later ones only say what became of the materials.
  watch(
    view,
    (now) => {
      if (!now) return
      if (!form.value) take(now)
      else {
        const others = findings.value.filter((one) => stepOf(one.field) !== 'materials')
        findings.value = [...others, ...placed(now.findings).filter((one) => stepOf(one.field) === 'materials')]
      }
    },
    { immediate: true },
  )
  // A form replaced as a whole was loaded, not typed.
  watch(form, (now, before) => now === before && queue.touch(), { deep: true })

  async function reload() {
    const fresh = await query.refetch()
    if (fresh.data) {
      queue.reset()
      take(fresh.data)
    }
  }

  const unsafe = computed(() => ['dirty', 'saving', 'failed', 'conflict'].includes(queue.state.value))
  const online = () => unsafe.value && queue.state.value !== 'conflict' && void queue.flush()
  const leaving = (event: BeforeUnloadEvent) => {
    if (unsafe.value) event.preventDefault()
  }
  window.addEventListener('online', online)
  window.addEventListener('beforeunload', leaving)
  onBeforeUnmount(() => {
    window.removeEventListener('online', online)
    window.removeEventListener('beforeunload', leaving)
    queue.stop()
  })
  onBeforeRouteLeave(async () => {
    if (unsafe.value && queue.state.value !== 'conflict') await queue.flush()
  })

  return { id, query, view, form, version, findings, quote, queue, duesKnown, options, reload, renew, refetch: () => query.refetch() }
}

export type ApplicationForm = ReturnType<typeof useApplicationForm>
export const formKey: InjectionKey<ApplicationForm> = Symbol('application form')

/** The form around a step. It is there before any step is shown. */
export function useFormAround() {
  const around = inject(formKey)
  if (!around) throw new Error('a step stands in a form')
  return { ...around, form: around.form as Ref<Form> }
}
