import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFailure } from '../../src/adapters/failure.ts'
import { CONFIG_MAP, ETCD_CLUSTER, ETCD_RESTORE, POD, STATEFUL_SET } from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { label } from '../../src/api/labels.ts'
import { type Fleet, openFleet } from '../bench/fleet/fleet.ts'
import { clusterName, fleetNamespace } from '../bench/fleet/names.ts'
import type { OperatorProcess } from '../bench/fleet/operator-process.ts'
import { runNode, until } from '../cluster/command.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { timedProgress } from '../cluster/progress.ts'

const namespace = 'hostile'
const { signal } = new AbortController()
const healthy = clusterName(0)
const hostile = { rows: clusterName(10), ordinal: clusterName(11), megabytes: clusterName(12), endless: clusterName(13) } as const
const strangers = 2_000

let fleet: Fleet
let operator: OperatorProcess

/** One healthy cluster, and in another namespace all that somebody with `edit` there can make. */
beforeAll(async () => {
  expect(await runNode(['scripts/build.ts'], { quiet: true })).toBe(0)
  fleet = await openFleet(1, timedProgress())
  await fleet.kube.create(NAMESPACE, { metadata: { name: namespace } }, signal)
  await makeHostileObjects()
  // It fills its caches with them, as after each of its restarts.
  operator = await fleet.startOperator('operator')
  await fleet.create(Object.values(hostile), namespace)
  await fleet.untilReady(Object.values(hostile), 90)
  await Promise.all(Object.entries(hostile).map(([mischief, name]) => fleet.standIn.turn(name, mischief as keyof typeof hostile)))
}, 900_000)
afterAll(() => fleet?.cleanUp())

test('a healthy cluster is looked after within seconds, whatever stands in another namespace', async () => {
  await fleet.standIn.looks()
  const begin = Date.now()
  const changes: number[] = []
  for (const paused of [true, false, true, false]) changes.push(await seenAfterMs({ paused }))
  await until('20 s are over', 60_000, async () => Date.now() - begin > 20_000 || undefined)
  const times = [begin, ...((await fleet.standIn.looks())[healthy] ?? []), Date.now()]
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))

  expect(Math.max(...changes)).toBeLessThan(3_000)
  expect(Math.max(...gaps)).toBeLessThan(10_000)
  // It is still the process that was started, and leads; its pod has 256 MiB.
  expect(await operator.metric('etcd_operator_leader')).toBe(1)
  expect(operator.residentMiB().peak).toBeLessThan(256)
})

test('Kubernetes makes no pods for an ordinal that only a list of members names', async () => {
  const { items } = await fleet.kube.list(STATEFUL_SET, { namespace }, signal)
  const replicas = new Map(items.map(({ metadata, spec }) => [metadata.name, spec?.replicas]))
  expect(Object.values(hostile).map((name) => replicas.get(name))).toEqual([3, 3, 3, 3])
})

/** A change of the spec until the status says that it was seen. */
async function seenAfterMs(spec: object): Promise<number> {
  const ref = { namespace: fleetNamespace, name: healthy }
  const { metadata } = await fleet.kube.patch(ETCD_CLUSTER, ref, { spec }, signal)
  const begin = performance.now()
  await until('the change is seen', 60_000, async () => {
    const status = (await fleet.kube.get(ETCD_CLUSTER, ref, signal))?.status
    return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) ? true : undefined
  })
  return performance.now() - begin
}

async function makeHostileObjects(): Promise<void> {
  const manyObjects = Array.from({ length: 430_000 }, () => ({}))
  const restores = Array.from({ length: 6 }, (_, index) => ({
    metadata: { namespace, name: `restore-${index}` },
    spec: { cluster: 'none', source: { backup: 'none' }, clusterSpec: { a: manyObjects } },
  }))
  await Promise.all(restores.map((restore) => make(ETCD_RESTORE, restore)))
  const values = Array.from({ length: 100_000 }, (_, index) => `zone-${index}`)
  const preference = { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values }] }
  const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] } }
  await make(ETCD_CLUSTER, {
    metadata: { namespace, name: clusterName(14) },
    spec: { size: 3, version: '3.6.16', storage: { size: '1Gi' }, pod: { affinity } },
  })
  const labels = { [label.cluster]: hostile.rows }
  const data = { text: 'x'.repeat(900_000) }
  for (let map = 0; map < 30; map += 1) await make(CONFIG_MAP, { metadata: { namespace, name: `map-${map}`, labels }, data })
  const spec = { containers: [{ name: 'etcd', image: 'none' }] }
  const names = Array.from(
    { length: strangers },
    (_, index) => `${hostile.rows}-${index < 3 ? ['00', '999999', '1e3'][index] : 1_000 + index}`,
  )
  const rest = names[Symbol.iterator]()
  const makePods = async () => {
    for (const name of rest) await make(POD, { metadata: { namespace, name, labels }, spec })
  }
  await Promise.all(Array.from({ length: 16 }, makePods))
}

/** What the API server refuses harms nobody. */
async function make<T extends KubeObject>(kind: ResourceKind<T>, object: object): Promise<void> {
  await fleet.kube.create(kind, object as never, signal).catch((error: unknown) => {
    if (!isFailure(error, 'rejected')) throw error
  })
}
