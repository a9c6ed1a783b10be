import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Etcd } from '../../src/adapters/etcd/calls.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { isLong, scenario } from './harness.ts'
import { realCluster } from './model/in-cluster.ts'
import { replay } from './model/replay.ts'
import { scenarioOf } from './model/scenario.ts'

/**
 * The model that the world tests explore, held to the real API server, StatefulSet controller, kubelets and etcd: the same things happen
 * in both, and after each the cluster comes to the same rest: member list, votes, pods and how they ended, volumes and configs.
 */

const all = Array.from({ length: 80 }, (_, seed) => seed)
/** Together they hold every kind of step and event. */
const core = [2, 3, 5, 8]
/** Each takes about 40 s. MODEL_SEEDS=7,12 runs these alone. */
const seeds = process.env.MODEL_SEEDS?.split(',').map(Number) ?? (isLong ? all : core)

let etcd: Etcd | undefined
beforeAll(() => {
  etcd = connectEtcd()
})
afterAll(() => etcd?.close())

for (const seed of seeds) {
  const planned = scenarioOf(seed)
  scenario(`seed ${seed}: ${planned.size} members of etcd ${planned.version}`, { seconds: 600 }, async (stage) => {
    if (etcd === undefined) throw new Error('no test runs')
    const demo = stage.cluster('demo')
    await demo.create({ size: planned.size, version: planned.version, paused: true, tls: { mode: 'Off' } })
    expect(await replay(planned, realCluster(stage.k8s, etcd, demo))).toBe(planned.actions.length)
  })
}

test('the seeds hold every kind of step and event', () => {
  const kinds = new Set(core.flatMap((seed) => scenarioOf(seed).actions.map((action) => ('do' in action ? action.do : action.event))))
  expect([...kinds].toSorted()).toEqual(
    [
      ...['AddLearner', 'DeletePod', 'DeleteVolume', 'MoveLeader', 'Planned', 'PromoteLearner', 'RemoveConfig', 'RemoveMember'],
      ...['SetReplicas', 'StopServing', 'WriteConfig', 'pod deleted', 'pod killed', 'process killed', 'volume emptied'],
    ].toSorted(),
  )
})
