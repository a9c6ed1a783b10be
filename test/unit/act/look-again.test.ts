import { describe, expect, test } from 'vitest'
import { lookAgain } from '../../../src/act/look-again.ts'

type Decision = 'due' | 'nothing'

/** A look that takes `lookMs`, after which the operator plans for `planMs`. */
function again({ lookMs = 10, planMs = 0, decision = 'due' }: { lookMs?: number; planMs?: number; decision?: Decision }) {
  let nowMs = 0
  return lookAgain({
    async look() {
      nowMs += lookMs
      return 'seen'
    },
    plan(): Decision {
      nowMs += planMs
      return decision
    },
    isDue: (decided: Decision): decided is 'due' => decided === 'due',
    act: async (seen, due) => `${due} by what was ${seen}`,
    monotonicMs: () => nowMs,
  })
}

describe('what is due', () => {
  test('is done by what was seen', async () => {
    expect(await again({})).toEqual({ kind: 'acted', seen: 'seen', decision: 'due', result: 'due by what was seen' })
  })

  test('is done after a look that took long, because the API server is slow when it matters most', async () => {
    expect(await again({ lookMs: 9_000 })).toMatchObject({ kind: 'acted' })
  })

  test('is not done after a look whose beginning may not be true any more', async () => {
    expect(await again({ lookMs: 12_000 })).toEqual({
      kind: 'late',
      seen: 'seen',
      decision: 'due',
      why: 'reading everything again before the step took 12.0 s, and may take 10.0 s: the API server is slow',
    })
  })

  test('is not done by an operator that slept after its look', async () => {
    const why = "the operator's process stood still for 2.5 s after reading everything again"
    expect(await again({ planMs: 2_500 })).toEqual({ kind: 'late', seen: 'seen', decision: 'due', why })
  })
})

test('nothing is done when nothing is due any more', async () => {
  expect(await again({ decision: 'nothing' })).toEqual({ kind: 'changed', seen: 'seen', decision: 'nothing' })
})
