import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../src/act/cluster/steps.ts'
import { refused } from '../../src/act/refused.ts'
import { PERSISTENT_VOLUME_CLAIM, type PersistentVolumeClaim, STORAGE_CLASS } from '../../src/adapters/kube/kinds.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { volumeFacts } from '../../src/observe/cluster/facts.ts'
import type { Observation } from '../../src/observe/cluster/observe.ts'
import { aCluster, anEtcdCluster, idOf } from '../builders/a-cluster.ts'
import { until } from '../cluster/command.ts'
import { PERSISTENT_VOLUME } from '../cluster/kinds.ts'
import { makeStorageClass, type ResizeMode, startResizer } from '../cluster/resizer.ts'
import { fakeEtcd } from '../unit/act/fake-etcd.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/** Claims that are to be larger, by a real API server and the test cluster's resizer. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
let resizer: ReturnType<typeof startResizer>
const { signal } = new AbortController()
const namespace = 'default'
const cluster = anEtcdCluster({ storage: { size: '2Gi' } })

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'grow' })
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
  await kube.create(STORAGE_CLASS, { metadata: { name: 'plain', annotations }, provisioner: 'example.org/none' }, signal)
  await server.startControllers('resourcequota-controller')
  resizer = startResizer(kube, namespace, { everyMs: 50 })
}, 300_000)
afterAll(async () => {
  await resizer?.end()
  await kube?.close()
  await server?.cleanUp()
})

/** Each test has a claim of its own: without Kubernetes' protection of claims none is deleted. */
let ordinal = -1
const name = () => `data-demo-${ordinal}`

/** A bound claim of 1Gi, as a provisioner leaves it. */
async function claimOf(storageClassName: string): Promise<PersistentVolumeClaim> {
  ordinal += 1
  const volumeName = `pv-${storageClassName}`
  const accessModes = ['ReadWriteOnce']
  const hostPath = { path: '/nowhere' }
  const volume = { metadata: { name: volumeName }, spec: { accessModes, capacity: { storage: '1Gi' }, hostPath, storageClassName } }
  await kube.create(PERSISTENT_VOLUME, volume, signal)
  const labels = { 'etcd-operator.dev/cluster': 'demo' }
  const spec = { accessModes, storageClassName, volumeName, resources: { requests: { storage: '1Gi' } } }
  const made = await kube.create(PERSISTENT_VOLUME_CLAIM, { metadata: { namespace, name: name(), labels }, spec }, signal)
  const { resourceVersion } = made.metadata
  const body = { metadata: { resourceVersion }, status: { phase: 'Bound', capacity: { storage: '1Gi' } } }
  return kube.patch(PERSISTENT_VOLUME_CLAIM, { namespace, name: name() }, body, signal, { subresource: 'status' })
}

async function ask(claim: PersistentVolumeClaim, size = '2Gi'): Promise<void> {
  const { etcd } = fakeEtcd('http://10.0.0.1:2379', {}, idOf('demo-0'))
  const scene = aCluster({ storage: { size } })
  const view = scene.with({ cluster: { ...scene.cluster, metadata: { ...scene.cluster.metadata, namespace } } })
  const none = { statefulSet: undefined, configMap: undefined, clientService: undefined, peerService: undefined, budget: undefined }
  const rest = {
    networkPolicy: undefined,
    pods: [],
    refusals: [],
    warnings: new Map(),
    storageClass: view.storageClass,
    storageClasses: [],
    expandable: view.expandable,
  }
  const seen: Observation = { view, objects: { cluster: view.cluster, volumes: [claim], ...none, ...rest } }
  const step = { do: 'GrowVolume', member: `demo-${ordinal}`, volume: name(), uid: claim.metadata.uid, size } as const
  await perform({ kube, live: kube, etcd, ...seen, signal, begin: () => undefined as never }, step.do, step)
}

const saidTo = (asking: Promise<void>) =>
  asking.then(
    () => 'accepted',
    (error: unknown) => refused(error, 'GrowVolume'),
  )

async function untilFacts(what: string, holds: (facts: NonNullable<ReturnType<typeof volumeFacts>>) => boolean) {
  return until(
    what,
    60_000,
    async () => {
      const claim = await kube.get(PERSISTENT_VOLUME_CLAIM, { namespace, name: name() }, signal)
      const facts = claim && volumeFacts(cluster, claim)
      return facts !== undefined && holds(facts) ? facts : undefined
    },
    20,
  )
}

describe('the API server', () => {
  test('refuses to let a claim grow whose class does not allow that, in its own words', async () => {
    const claim = await claimOf(await makeStorageClass(kube, 'never', undefined))
    expect(await saidTo(ask(claim))).toMatchObject({
      reason: 'RequestRejected',
      message: expect.stringContaining('the storageclass that provisions the pvc must support resize'),
    })
  })

  test('refuses what a quota of the namespace does not allow', async () => {
    const claim = await claimOf(await makeStorageClass(kube, 'quota', 'stuck'))
    // Of this class alone: the claims of the other tests don't count.
    const ofClass = 'quota.storageclass.storage.k8s.io/requests.storage'
    const quotas = { apiVersion: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas' }
    const quota = await kube.create(
      quotas,
      { metadata: { namespace, name: 'small' }, spec: { hard: { [ofClass]: '1Gi' } } } as never,
      signal,
    )
    const isCounted = async () => {
      const seen: unknown = await kube.get(quotas, { namespace, name: 'small' }, signal)
      return JSON.stringify(seen).includes(`"used":{"${ofClass}":"1Gi"}`) || undefined
    }
    await until('the quota is counted', 60_000, isCounted, 50)
    expect(await saidTo(ask(claim))).toMatchObject({ reason: 'QuotaExceeded', message: expect.stringContaining('exceeded quota: small') })
    await kube.delete(quotas, { namespace, name: 'small' }, { uid: quota.metadata.uid }, signal)
  })

  test('lets a claim ask for less again when its expansion is infeasible, as long as that is more than it has', async () => {
    const claim = await claimOf(await makeStorageClass(kube, 'less', 'infeasible'))
    await ask(claim, '8Gi')
    await untilFacts('it is infeasible', ({ resize }) => resize?.state === 'infeasible')
    const seen = await kube.get(PERSISTENT_VOLUME_CLAIM, { namespace, name: name() }, signal)
    expect(seen && (await saidTo(ask(seen, '2Gi')))).toBe('accepted')
    await untilFacts('it asks for less', ({ requestedBytes, madeFor }) => requestedBytes === 2 ** 31 && madeFor?.bytes === 2 ** 31)
  })
})

describe('the resizer', () => {
  test('expands a volume by the book: the claim, the volume, the claim, the node', async () => {
    const claim = await claimOf(await makeStorageClass(kube, 'online', 'online'))
    await ask(claim)
    await untilFacts('it waits for the node', ({ resize }) => resize?.state === 'file-system')
    const volume = await kube.get(PERSISTENT_VOLUME, { name: 'pv-online' }, signal)
    expect(volume?.spec?.capacity?.storage).toBe('2Gi')
    const grown = await untilFacts('it has grown', ({ capacityBytes }) => capacityBytes === 2 ** 31)
    expect(grown).toMatchObject({ requestedBytes: 2 ** 31, resize: undefined, madeFor: { bytes: 2 ** 31 } })
  }, 90_000)

  test.each<readonly [ResizeMode, object]>([
    ['at-restart', { state: 'file-system', message: expect.stringContaining('(re-)start a pod') }],
    ['stuck', { state: 'resizing' }],
    ['infeasible', { state: 'infeasible', message: 'the test storage has no room' }],
  ])('can be %s', async (mode, resize) => {
    const claim = await claimOf(await makeStorageClass(kube, mode, mode))
    await ask(claim)
    const facts = await untilFacts(`it is ${mode}`, (seen) => seen.resize?.state === (resize as { state: string }).state)
    expect(facts).toMatchObject({ capacityBytes: 2 ** 30, requestedBytes: 2 ** 31, resize: { since: expect.any(Number), ...resize } })
  })
})
