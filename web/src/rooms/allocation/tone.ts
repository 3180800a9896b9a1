// The colours that support the words of a state.
import type { Tone } from '@/ui/TermTag.vue'

const STATES: Record<string, Tone> = { reserved: 'yellow', effective: 'green', ended: 'plain', released: 'plain' }

export const toneOfAllocation = (code: string): Tone => STATES[code] ?? 'plain'
