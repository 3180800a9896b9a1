// The colours that support the words of phases and operations.
import type { Tone } from '@/ui/TermTag.vue'

const PHASES: Record<string, Tone> = { trial: 'yellow', production: 'green', stopped: 'plain', erased: 'plain' }
const OPERATIONS: Record<string, Tone> = { queued: 'plain', running: 'blue', retrying: 'yellow', waiting: 'purple', failed: 'red', done: 'green', superseded: 'plain' }
const STEPS: Record<string, Tone> = { planned: 'plain', doing: 'blue', done: 'green', failed: 'red' }

export const toneOfPhase = (code: string): Tone => PHASES[code] ?? 'plain'
export const toneOfOperation = (code: string): Tone => OPERATIONS[code] ?? 'plain'
export const toneOfStep = (code: string): Tone => STEPS[code] ?? 'plain'
