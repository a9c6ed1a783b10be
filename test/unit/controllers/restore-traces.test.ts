import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure } from '../../../src/adapters/failure.ts'
import { annotation } from '../../../src/api/labels.ts'
import type { AgentResult } from '../../../src/model/agent/task.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'
import { clusterCondition } from '../../builders/a-restore.ts'
import type { Stored } from '../act/fake-kube.ts'
import { anotherRestore, RestoreWorld } from './restore-world.ts'

/** What may happen next: an operator that looks, also with caches that lag; the world; people; what goes wrong on the wire. */
const happenings = {
  'r1 is looked at': (world) => world.pass('r1'),
  'r2 is looked at': (world) => world.pass('r2'),
  'r1 is looked at by one that lags': (world, before) => world.pass('r1', before),
  'r2 is looked at by one that lags': (world, before) => world.pass('r2', before),
  'the world moves': (world) => world.worldMoves(),
  'the next write is lost on its way': (world) => once(world, 'refuses'),
  'the reply to the next write is lost': (world) => once(world, 'loses'),
  'a Job and its pods are gone': (world) => {
    for (const name of world.names('jobs').slice(0, 1)) for (const key of [`jobs/${name}`, `pods/${name}-x`]) world.remove(key)
  },
  'the pods of the Jobs are gone': (world) => {
    for (const name of world.names('pods')) world.remove(`pods/${name}`)
  },
  'the file is damaged': (world) => {
    world.agentSays = damaged
  },
  'somebody deletes the cluster': (world) => world.remove('etcdclusters/demo2'),
  'somebody makes a cluster of that name': (world) => {
    if (world.cluster() === undefined) world.put('etcdclusters', somebodys)
  },
  'the data of the cluster differs': (world) => {
    if (world.cluster()?.status?.clusterID === undefined)
      world.clusterSays({ conditions: [clusterCondition('Stalled', 'RestoredDataDiffers')] })
  },
} satisfies Readonly<Record<string, (world: RestoreWorld, before: ReadonlyMap<string, Stored>) => unknown>>
type Happening = keyof typeof happenings

const damaged: AgentResult = { result: 'Failed', reason: 'SnapshotDamaged', message: 'page 7' }
const somebodys = { ...anEtcdCluster(), metadata: { ...anEtcdCluster().metadata, name: 'demo2', uid: 'uid-theirs' } }

test('whatever happens to two restores that want one name, data is never restored over data, and an end is an end', async () => {
  const names = Object.keys(happenings) as Happening[] // It has no others.
  // Work goes on more often than something goes wrong.
  const trace = fc.array(fc.constantFrom(...names, ...ordinary, ...ordinary, ...ordinary), { minLength: 5, maxLength: 60 })
  const reached = new Set<string>()
  await fc.assert(
    fc.asyncProperty(trace, (one) => play(one, reached)),
    { numRuns: 400, seed: 35 },
  )
  expect([...reached].toSorted()).toEqual(['ClusterDeleted', 'ClusterExists', 'RestoreCompleted', 'RestoredDataDiffers', 'SnapshotDamaged'])
}, 60_000)

const ordinary: readonly Happening[] = ['r1 is looked at', 'r2 is looked at', 'the world moves']

async function play(trace: readonly Happening[], reached: Set<string>): Promise<void> {
  const world = new RestoreWorld(anotherRestore('r1', 'demo2'), anotherRestore('r2', 'demo2'))
  let lagging = world.snapshot()
  for (const [index, happening] of trace.entries()) {
    const before = { ends: ends(world), phases: phases(world), cluster: world.cluster(), writes: world.writes.length }
    await Promise.resolve(happenings[happening](world, lagging)).catch(() => undefined)
    if (index % 4 === 3) lagging = world.snapshot()
    check(world, before)
  }
  for (const name of restores) if (isEnd(phaseOf(world, name))) reached.add(String(world.status(name)?.conditions?.[0]?.reason))
}

const restores = ['r1', 'r2'] as const

interface Before {
  readonly ends: readonly (object | undefined)[]
  readonly phases: readonly (string | undefined)[]
  readonly cluster: unknown
  readonly writes: number
}

function check(world: RestoreWorld, before: Before): void {
  const made = world.writes.slice(before.writes).filter((write) => write.endsWith('etcdclusters'))
  // Nothing of an EtcdCluster is ever written but its creation, and that only where there is none.
  expect(made.every((write) => write === 'create etcdclusters')).toBe(true)
  if (made.length > 0) expect(before.cluster).toBeUndefined()

  for (const [index, name] of restores.entries()) {
    const isItsOwn = world.cluster()?.metadata.annotations?.[annotation.restoreUid] === `uid-${name}`
    // What was deleted isn't made again, nor anything for a restore that has ended.
    if (made.length > 0 && isItsOwn) expect([undefined, 'Pending', 'Verifying']).toContain(before.phases[index])
    // An end is an end.
    if (before.ends[index] !== undefined) expect(ends(world)[index]).toEqual(before.ends[index])
    // None is complete but the one whose cluster it is, when that has its data.
    else if (phaseOf(world, name) === 'Completed') expect([isItsOwn, world.cluster()?.status?.clusterID]).toEqual([true, 'd2d2'])
  }
}

function phases(world: RestoreWorld): readonly (string | undefined)[] {
  return restores.map((name) => phaseOf(world, name))
}

/** The statuses of those that have ended. */
function ends(world: RestoreWorld): readonly (object | undefined)[] {
  return restores.map((name) => (isEnd(phaseOf(world, name)) ? world.status(name) : undefined))
}

function phaseOf(world: RestoreWorld, name: string): string | undefined {
  return world.status(name)?.phase
}

function isEnd(phase: string | undefined): boolean {
  return phase === 'Completed' || phase === 'Failed'
}

function once(world: RestoreWorld, where: 'refuses' | 'loses'): void {
  let left = 1
  world[where] = () => (left-- > 0 ? new Failure('unavailable', 'lost') : undefined)
}
