import { describe, expect, test } from 'vitest'
import { explore } from './explore.ts'
import type { FaultKind } from './faults.ts'
import { aWorldWithBackup, type World, withForeignFile } from './world.ts'

const isLong = process.env.TEST_LONG !== undefined

const anything: readonly FaultKind[] = [
  'agent killed',
  'pod deleted',
  'machine lost',
  'volume full',
  'volume fails',
  'snapshot damaged',
  'snapshot interrupted',
  'claim deleted',
  'an hour without the operator',
  'backup deleted',
  'backup made again',
  'restore begins',
  'clock ahead',
  'clock behind',
  'clock right again',
]

/** Its name is free, or somebody else's file has it. */
function places(world: World): readonly World[] {
  return [world, withForeignFile(world, 'b1')]
}

describe('a backup ends, and is Completed only when it is stored, although at any step', () => {
  test('anything may happen, or a call lands late', () => {
    const explored = explore({ from: places(aWorldWithBackup('Delete')), faults: anything, lateCall: true })
    expect(explored.states).toBeGreaterThan(4000)
  })

  // Its file stays: what becomes of it afterwards is nobody's concern.
  test.runIf(isLong)('the same, with a file that is kept', () => {
    const explored = explore({ from: places(aWorldWithBackup('Retain')), faults: anything, lateCall: true })
    expect(explored.states).toBeGreaterThan(3000)
  })

  test.runIf(isLong).each(['Delete', 'Retain'] as const)('any two things may happen (%s)', (deletionPolicy) => {
    const from = places(aWorldWithBackup(deletionPolicy, { faultsLeft: 2 }))
    expect(explore({ from, faults: anything, lateCall: true }).states).toBeGreaterThan(50_000)
  })
})

test.runIf(isLong)('any two ends of the agent or its machine, and a third', () => {
  const from = [aWorldWithBackup('Delete', { faultsLeft: 3 })]
  expect(explore({ from, faults: ['agent killed', 'machine lost', 'backup deleted'] }).states).toBeGreaterThan(5000)
})
