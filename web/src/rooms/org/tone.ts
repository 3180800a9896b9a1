// The colour that supports the word of an account's state.
import type { Tone } from '@/ui/TermTag.vue'

export function toneOfPerson(state: string): Tone {
  const tones: Record<string, Tone> = { recorded: 'yellow', active: 'green', disabled: 'plain' }
  return tones[state] ?? 'plain'
}
