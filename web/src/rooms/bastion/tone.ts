// The colour beside a state's word.
import type { Tone } from '@/ui/TermTag.vue'

const TONE: Record<string, Tone> = { active: 'green', locked: 'yellow', requested: 'yellow', granted: 'green', refused: 'red', open: 'red', handled: 'green' }

export const toneOfAccess = (state: string): Tone => TONE[state] ?? 'plain'
