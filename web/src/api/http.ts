// The one place that talks to the server: CSRF token, Idempotency-Key, If-Match, problems, expired sessions.
import { ProblemError, problemOf } from './problem'

type Query = Record<string, string | number | boolean | string[] | null | undefined>

export interface Options {
  query?: Query
  /** The version the person looked at; the server refuses to overwrite a newer one (412). */
  version?: number | string
  /** Set for acts that must happen once however often the button is pressed. */
  idempotencyKey?: string
  signal?: AbortSignal
}

let csrfToken = ''
let onExpired: () => void = () => {}

export function setCsrfToken(token: string | null | undefined): void {
  csrfToken = token ?? ''
}

/** Called when the server no longer knows the session; the shell leads to the log-in page. */
export function whenExpired(callback: () => void): void {
  onExpired = callback
}

export function urlWith(path: string, query?: Query): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === '') continue
    if (Array.isArray(value)) value.forEach((one) => parameters.append(key, one))
    else parameters.set(key, String(value))
  }
  const text = parameters.toString()
  return text ? `${path}?${text}` : path
}

function headersFor(method: string, options: Options, json: boolean): Headers {
  const headers = new Headers({ Accept: 'application/json' })
  if (json) headers.set('Content-Type', 'application/json')
  if (method !== 'GET' && csrfToken) headers.set('X-CSRF-Token', csrfToken)
  if (options.idempotencyKey) headers.set('Idempotency-Key', options.idempotencyKey)
  if (options.version !== undefined) headers.set('If-Match', `"${options.version}"`)
  return headers
}

async function answer(response: Response, path: string): Promise<Response> {
  if (response.ok) return response
  const problem = await problemOf(response)
  if (response.status === 401 && !path.startsWith('/api/session')) onExpired()
  throw new ProblemError(problem)
}

async function send<T>(method: string, path: string, body: unknown, options: Options = {}): Promise<T> {
  const form = body instanceof FormData
  const response = await fetch(urlWith(path, options.query), {
    method,
    headers: headersFor(method, options, body !== undefined && !form),
    body: body === undefined ? undefined : form ? body : JSON.stringify(body),
    credentials: 'same-origin',
    signal: options.signal,
  })
  await answer(response, path)
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

export const http = {
  get: <T>(path: string, options?: Options) => send<T>('GET', path, undefined, options),
  post: <T>(path: string, body: unknown = {}, options?: Options) => send<T>('POST', path, body, options),
  put: <T>(path: string, body: unknown, options?: Options) => send<T>('PUT', path, body, options),
  patch: <T>(path: string, body: unknown, options?: Options) => send<T>('PATCH', path, body, options),
  delete: <T>(path: string, options?: Options) => send<T>('DELETE', path, undefined, options),
}

/** A key for one press of one button; repeats of the same act carry the same key. */
export function newKey(): string {
  // Not `randomUUID`: browsers withhold it on plain addresses of an office network.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Uploads with progress, which fetch cannot report. */
export function upload<T>(path: string, form: FormData, onPercent: (percent: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', path)
    request.setRequestHeader('Accept', 'application/json')
    if (csrfToken) request.setRequestHeader('X-CSRF-Token', csrfToken)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onPercent(Math.round((event.loaded / event.total) * 100))
    }
    request.onerror = () => reject(new TypeError('network'))
    request.onload = () => {
      const response = new Response(request.responseText || null, { status: request.status })
      answer(response, path)
        .then(() => resolve((request.responseText ? JSON.parse(request.responseText) : undefined) as T))
        .catch(reject)
    }
    request.send(form)
  })
}
