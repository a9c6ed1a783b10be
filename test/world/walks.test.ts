import { expect, test } from 'vitest'
import type { FaultKind } from './faults.ts'
import { walk } from './walk.ts'
import { notHealedNorTold, notYet, scaling } from './workflows.ts'
import type { Wish, World } from './world.ts'

const isLong = process.env.TEST_LONG !== undefined

/** WORLD_SEED=17 walks the way of that seed alone, again. */
const { WORLD_SEED } = process.env
const seeds = WORLD_SEED === undefined ? Array.from({ length: isLong ? 200 : 12 }, (_, seed) => seed) : [Number(WORLD_SEED)]

const faults: readonly FaultKind[] = [
  'process killed',
  'pod deleted',
  'process frozen',
  'leader changed',
  'volume emptied',
  'volume set back',
  'volume corrupt',
  'claim deleted',
  'member removed',
  'node lost',
  'node comes back',
  'label removed',
  'ConfigMap deleted',
  'cache lags',
  'not started in time',
  'data wrong',
  'config removed',
  'StatefulSet deleted',
  'status lost',
]

/** The user asks for another size or an exchange, or for two such things in a row; one to three faults happen. */
function next(world: World, random: (below: number) => number): World {
  const wish = (): Wish => {
    const size = [1, 3, 5][random(3)] ?? 3
    const member = world.etcd.members[random(world.etcd.members.length)]
    return member !== undefined && random(4) === 0 ? { size, replace: [member.id] } : { size }
  }
  const later = Array.from({ length: random(3) }, wish)
  return { ...world, later, faultsLeft: 1 + random(3), serial: world.serial + 1 }
}

test.each(seeds)('a long way by chance comes to a healed cluster again and again, or people are told: seed %i', (seed) => {
  const version = seed % 4 === 0 ? '3.5.35' : '3.6.16'
  const { steps } = walk({
    seed,
    rounds: isLong ? 60 : 12,
    next,
    from: scaling([3], version),
    operator: { crashes: true, lateCall: true },
    faults,
    missing: notHealedNorTold,
    untrue: notYet,
  })
  expect(steps).toBeGreaterThan(100)
})
