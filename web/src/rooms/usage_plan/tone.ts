// The colour that supports the word of a plan's state.
import type { Tone } from '@/ui/TermTag.vue'

export function toneOfPlan(state: string): Tone {
  const tones: Record<string, Tone> = { drafting: 'plain', reported: 'blue', ratification_entered: 'yellow', ratified: 'green' }
  return tones[state] ?? 'plain'
}
