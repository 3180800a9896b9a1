// The colour beside a policy's word.
import type { Tone } from '@/ui/TermTag.vue'

const TONE: Record<string, Tone> = { draft: 'plain', active: 'green', paused: 'yellow', ended: 'plain' }

export const toneOfPolicy = (state: string): Tone => TONE[state] ?? 'plain'
