// What dialogs and panels of a case need of the page around them.
import { inject, type InjectionKey } from 'vue'
import type { Action } from '@/api/types'

export interface CaseActs {
  /** The same act as the server offers it now. */
  latest: (action: Action) => Action | undefined
  /** Reads the case again, and everything that shows it. */
  renew: () => Promise<void>
  /** Opens the dialog of an act. */
  begin: (action: Action) => void
}

export const caseActsKey: InjectionKey<CaseActs> = Symbol('acts of a case')

export function caseActs(): CaseActs {
  const acts = inject(caseActsKey)
  if (!acts) throw new Error('an act belongs to a case')
  return acts
}
