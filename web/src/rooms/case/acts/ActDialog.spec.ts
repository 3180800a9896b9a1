// @vitest-environment jsdom
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Action } from '@/api/types'
import { caseActsKey, type CaseActs } from '../caseActs'
import TextAct from './TextAct.vue'

const action: Action = { room: 'application', subject_id: 'a1', version: 3, name: 'unit_approve', zh: '单位领导同意', en: 'Approve', allowed: true }

interface Sent {
  path: string
  headers: Headers
  body: unknown
}

/** A dialog over a server that answers as told, in turn. */
function dialog(answers: { status: number; body: unknown }[], current = action) {
  const sent: Sent[] = []
  vi.stubGlobal(
    'fetch',
    vi.fn((path: string, init: RequestInit) => {
      sent.push({ path, headers: init.headers as Headers, body: JSON.parse(init.body as string) })
      const next = answers.shift() ?? { status: 500, body: {} }
      return Promise.resolve(new Response(JSON.stringify(next.body), { status: next.status }))
    }),
  )
  const renew = vi.fn(() => Promise.resolve())
  const acts: CaseActs = { latest: () => current, renew, begin: () => {} }
  const wrapper = mount(TextAct, { props: { action }, attachTo: document.body, global: { provide: { [caseActsKey as symbol]: acts } } })
  const button = (name: string) => [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === name)!
  const write = async (text: string) => {
    const area = document.querySelector('textarea')!
    area.value = text
    area.dispatchEvent(new Event('input'))
    await flushPromises()
  }
  return { sent, renew, wrapper, button, write }
}

const done = { status: 200, body: { id: 'a1', version: 4, state: { code: 'submitted', zh: '待受理', en: '' } } }
const refused = (status: number, body: object = {}) => ({ status, body: { status, code: 'test.refused', zh: '不能办理', en: 'no', ...body } })

describe('an act is done once', () => {
  beforeEach(() => document.body.replaceChildren())
  afterEach(() => vi.unstubAllGlobals())

  it('sends the opinion with version and key, however often it is pressed', async () => {
    const { sent, renew, wrapper, button, write } = dialog([done])
    await flushPromises()
    await write('同意,请报市信息中心。')
    button('确定').click()
    button('确定').click()
    await flushPromises()
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ path: '/api/applications/a1/commands', body: { command: 'unit_approve', opinion: '同意,请报市信息中心。' } })
    expect(sent[0]!.headers.get('If-Match')).toBe('"3"')
    expect(sent[0]!.headers.get('Idempotency-Key')).toBeTruthy()
    expect(wrapper.emitted('close')).toHaveLength(1)
    expect(renew).toHaveBeenCalledOnce()
    wrapper.unmount()
  })

  it('asks for the opinion before anything is sent', async () => {
    const { sent, wrapper, button } = dialog([done])
    await flushPromises()
    button('确定').click()
    await flushPromises()
    expect(sent).toHaveLength(0)
    expect(document.body.textContent).toContain('请填写此项')
    wrapper.unmount()
  })

  it('shows a refusal at its field, and takes the next press as another act', async () => {
    const { sent, wrapper, button, write } = dialog([refused(400, { field: 'opinion', zh: '意见不符合要求' }), done])
    await flushPromises()
    await write('同意')
    button('确定').click()
    await flushPromises()
    expect(document.querySelector('[data-field="opinion"] .finding')?.textContent).toContain('意见不符合要求')
    button('确定').click()
    await flushPromises()
    expect(sent).toHaveLength(2)
    expect(sent[1]!.headers.get('Idempotency-Key')).not.toBe(sent[0]!.headers.get('Idempotency-Key'))
    wrapper.unmount()
  })

  it('keeps the key where no answer came, so that the act cannot happen twice', async () => {
    const { sent, wrapper, button, write } = dialog([refused(503), done])
    await flushPromises()
    await write('同意')
    button('确定').click()
    await flushPromises()
    button('确定').click()
    await flushPromises()
    expect(sent[1]!.headers.get('Idempotency-Key')).toBe(sent[0]!.headers.get('Idempotency-Key'))
    wrapper.unmount()
  })

  it('reads the case again where someone was quicker, keeping what was typed', async () => {
    const { sent, renew, wrapper, button, write } = dialog([refused(412), done], { ...action, version: 5 })
    await flushPromises()
    await write('同意')
    button('确定').click()
    await flushPromises()
    button('载入最新内容').click()
    await flushPromises()
    expect(renew).toHaveBeenCalledOnce()
    expect(document.querySelector('textarea')!.value).toBe('同意')
    button('确定').click()
    await flushPromises()
    expect(sent[1]!.headers.get('If-Match')).toBe('"5"')
    wrapper.unmount()
  })
})
