// The colours that support the words of kinds and states.
import type { Tone } from '@/ui/TermTag.vue'

const KINDS: Record<string, Tone> = { leftover: 'red', missing: 'red', unowned: 'purple', beyond: 'yellow', short: 'yellow', charged: 'yellow', standing: 'plain' }
const STATES: Record<string, Tone> = { open: 'yellow', noted: 'blue', adopting: 'purple', closed: 'green' }

export const toneOfDrift = (code: string): Tone => KINDS[code] ?? 'plain'
export const toneOfDriftState = (code: string): Tone => STATES[code] ?? 'plain'
