// Findings of the server's checks, handed down from a form to its fields.
import type { InjectionKey, Ref } from 'vue'
import type { Finding } from '@/api/types'

export const findingsKey: InjectionKey<Readonly<Ref<Finding[]>>> = Symbol('findings')
