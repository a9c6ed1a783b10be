import { isFailure } from '../../../src/adapters/failure.ts'
import { CONFIG_MAP, PERSISTENT_VOLUME_CLAIM, POD, STATEFUL_SET, type StatefulSet } from '../../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../../src/adapters/kube/object.ts'
import type { Kube } from '../../../src/adapters/kube.ts'
import { label } from '../../../src/api/labels.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { startReflector } from '../../../src/runtime/reflector.ts'
import { podAddress } from './names.ts'

/** What happens when a pod's container starts or ends. */
export interface Containers {
  start(pod: string, configText: string): Promise<void>
  stop(pod: string): Promise<void>
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const revision = 'revision-1'

/**
 * Stands in for the StatefulSet controller, the provisioner of volumes and the kubelets: each StatefulSet of the fleet gets
 * its claims and pods at once, every pod runs and is ready as soon as its container has started.
 */
export function startKubelet(kube: Kube, containers: Containers, signal: AbortSignal): Promise<void> {
  const work = new Map<string, Promise<void>>()
  const sets = startReflector<StatefulSet>(
    {
      name: 'statefulsets',
      list: (inner) => kube.list(STATEFUL_SET, {}, inner),
      watch: (version, inner) => kube.watch(STATEFUL_SET, {}, version, inner),
      onChange(set, old) {
        // Copies come with their pods; a change of metadata or status alone asks for nothing.
        if (set === undefined || set.metadata.annotations?.['fleet/copy'] || set.metadata.generation === old?.metadata.generation) return
        const { name } = set.metadata
        const before = work.get(name) ?? Promise.resolve()
        const after = before.then(() => sync(kube, containers, set, signal)).catch((error: unknown) => console.error(`${name}: ${error}`))
        work.set(name, after)
      },
      clock: systemClock,
      log: quiet,
    },
    signal,
  )
  return sets.synced
}

async function sync(kube: Kube, containers: Containers, set: StatefulSet, signal: AbortSignal): Promise<void> {
  const { namespace, name } = set.metadata
  const replicas = set.spec?.replicas ?? 0
  const { items } = await kube.list(POD, { namespace, labelSelector: `${label.cluster}=${name}` }, signal)
  const pods = items.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid))
  const wanted = Array.from({ length: replicas }, (_, ordinal) => `${name}-${ordinal}`)
  await Promise.all(
    wanted.filter((pod) => !pods.some(({ metadata }) => metadata.name === pod)).map((pod) => run(kube, containers, set, pod, signal)),
  )
  for (const pod of pods.filter(({ metadata }) => !wanted.includes(metadata.name))) {
    await containers.stop(pod.metadata.name)
    await kube.delete(POD, pod.metadata, { uid: pod.metadata.uid }, signal, { gracePeriodSeconds: 0 })
  }
  const status = {
    observedGeneration: set.metadata.generation,
    replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    currentReplicas: replicas,
    updatedReplicas: replicas,
    currentRevision: revision,
    updateRevision: revision,
    collisionCount: 0,
  }
  await kube.patch(STATEFUL_SET, set.metadata, { status }, signal, { subresource: 'status' })
}

async function run(kube: Kube, containers: Containers, set: StatefulSet, pod: string, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid } = set.metadata
  const claim = await createIfAbsent(kube, PERSISTENT_VOLUME_CLAIM, claimOf(set, pod), signal)
  if (claim !== undefined)
    await kube.patch(PERSISTENT_VOLUME_CLAIM, claim.metadata, { status: claimStatus }, signal, { subresource: 'status' })
  const template = set.spec?.template
  const metadata = {
    namespace,
    name: pod,
    labels: { ...template?.metadata?.labels, 'controller-revision-hash': revision, 'statefulset.kubernetes.io/pod-name': pod },
    annotations: template?.metadata?.annotations ?? {},
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid, controller: true, blockOwnerDeletion: true }],
  }
  const data = { name: 'data', persistentVolumeClaim: { claimName: `data-${pod}` } }
  const spec = { ...template?.spec, nodeName: 'node-1', volumes: [...(template?.spec?.volumes ?? []), data] }
  await kube.create(POD, { metadata, spec } as never, signal)
  const configs = await kube.get(CONFIG_MAP, { namespace, name: `${name}-members` }, signal)
  await containers.start(pod, configs?.data?.[`${pod}.yaml`] ?? '')
  await kube.patch(POD, { namespace, name: pod }, { status: podStatus(pod) }, signal, { subresource: 'status' })
}

function claimOf(set: StatefulSet, pod: string) {
  const [template] = set.spec?.volumeClaimTemplates ?? []
  return {
    metadata: { ...template?.metadata, namespace: set.metadata.namespace, name: `data-${pod}` },
    spec: { ...template?.spec, volumeName: `pv-${pod}` },
  } as { metadata: { namespace: string; name: string } }
}

const claimStatus = { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } }

function podStatus(pod: string) {
  const at = new Date().toISOString()
  const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready', 'PodReadyToStartContainers']
  return {
    phase: 'Running',
    podIP: podAddress(pod),
    podIPs: [{ ip: podAddress(pod) }],
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    startTime: at,
    conditions: conditions.map((type) => ({ type, status: 'True', lastTransitionTime: at, lastProbeTime: null })),
    containerStatuses: [
      {
        name: 'etcd',
        image: 'gcr.io/etcd-development/etcd:v3.6.16',
        imageID: 'gcr.io/etcd-development/etcd@sha256:0000000000000000000000000000000000000000000000000000000000000000',
        containerID: `containerd://${pod}`,
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: at } },
        lastState: {},
      },
    ],
  }
}

async function createIfAbsent<T extends KubeObject>(
  kube: Kube,
  kind: ResourceKind<T>,
  object: { metadata: { namespace: string; name: string } },
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await kube.create(kind, object as never, signal)
  } catch (error) {
    if (isFailure(error, 'conflict')) return undefined
    throw error
  }
}
