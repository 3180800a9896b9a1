// The colour beside a state's word.
import type { Tone } from '@/ui/TermTag.vue'

const TONE: Record<string, Tone> = { ordered: 'yellow', trial: 'blue', production: 'green', changing: 'yellow', ending: 'yellow' }

export const toneOfInstance = (state: string): Tone => TONE[state] ?? 'plain'
