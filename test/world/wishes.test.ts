import { expect, test } from 'vitest'
import type { Decision } from '../../src/plan/cluster/step.ts'
import { explore } from './explore.ts'
import { notServedOrTold, rolling } from './workflows.ts'
import type { Wish, World } from './world.ts'

/** A person asks for a leader at any moment, takes the wish back, and asks again, while the cluster goes on with what the spec asks for. */

const crashes = { operator: { crashes: true } } as const

/** What was asked for is in the status, or the annotation is gone. */
function notTold(world: World, decision: Decision): string | undefined {
  const { wish, status } = world
  const isOpen = wish.leads !== undefined && (status.leads?.mark !== wish.leads || status.leads.state === 'Begun')
  if (isOpen && !wish.closed && !wish.paused) return `nobody is told what came of the leader ${wish.leads}`
  return isOpen ? undefined : notServedOrTold(world, decision)
}

const one: Wish = { size: 3, leads: 'demo-1' }
test.each<readonly [string, readonly Wish[]]>([
  ['beside nothing else', [one]],
  ['and is taken back', [one, { size: 3 }]],
  ['twice, and another one', [one, { size: 3, leads: 'demo-1/2' }, { size: 3, leads: 'demo-2' }]],
  ['beside a roll', [{ ...one, made: { pod: 1 } }]],
  ['while the cluster shrinks to one member', [{ size: 1, leads: 'demo-2' }]],
  ['outside of the windows, until one opens', [{ ...one, closed: true }, one]],
  ['of a cluster that is paused', [{ ...one, paused: true }, one]],
  ['of a name that nobody has', [{ size: 3, leads: 'demo-9' }]],
])('a leader is asked for %s: it is moved or told why not, although the operator dies at any call', (_, later) => {
  expect(explore({ ...crashes, from: rolling(3, [], '3.6.16', { later }), missing: notTold }).states).toBeGreaterThan(2)
})

test('a leader is asked for while members fail and others are elected', () => {
  const from = rolling(3, [], '3.6.16', { later: [one], faultsLeft: 1 })
  expect(explore({ ...crashes, from, faults: ['leader changed', 'pod deleted'], missing: notTold }).states).toBeGreaterThan(20)
})
