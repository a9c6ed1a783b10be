import { NAMESPACE, PERSISTENT_VOLUME } from '../cluster/kinds.ts'
import type { Progress } from '../cluster/progress.ts'
import { type ClusterHandle, clusterHandle } from '../e2e/cluster-handle.ts'
import { memberListOf, startedVoters } from '../e2e/etcd-gateway.ts'
import type { Kubernetes } from '../e2e/kubernetes.ts'
import { testLabel } from '../e2e/label.ts'
import { until } from '../e2e/until.ts'
import { staticSet } from './static-set.ts'

/** Where figures are taken: one namespace, empty before each of them. */
export interface Arena {
  readonly k8s: Kubernetes
  readonly namespace: string
  readonly rounds: number
  readonly progress: Progress
  cluster(name: string): ClusterHandle
  /** A hand-written StatefulSet of etcd. */
  applyStaticSets(names: readonly string[], size: number): Promise<void>
  createClusters(names: readonly string[], size: number): Promise<void>
  apply(...items: readonly object[]): Promise<void>
  /** Ends when etcd's own list, asked at `<name>-0`, shows this many started voters and nobody else. */
  untilVoters(name: string, count: number, seconds?: number): Promise<void>
  /** Removes everything, and waits until its volumes are gone and the machine rests. */
  clear(): Promise<void>
}

const namespace = 'bench'
const askEveryMs = 50
/** After a removal; the kubelets still tidy up when the objects are gone. */
const restMs = 2_000

export async function openArena(k8s: Kubernetes, rounds: number, progress: Progress): Promise<Arena> {
  const labels = { [testLabel]: 'bench', 'pod-security.kubernetes.io/enforce': 'restricted' }
  // That of an earlier run may still be going away.
  await until(`namespace ${namespace}`, 120, async () => {
    const found = await k8s.kube.get(NAMESPACE, { name: namespace }, signal())
    if (found === undefined) return k8s.kube.create(NAMESPACE, { metadata: { name: namespace, labels } }, signal())
    return found.metadata.deletionTimestamp === undefined ? found : undefined
  })
  const create = async (items: readonly object[]) => {
    await k8s.kubectl(['create', '--namespace', namespace, '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  }
  const arena: Arena = {
    k8s,
    namespace,
    rounds,
    progress,
    cluster: (name) => clusterHandle(k8s, namespace, name),
    applyStaticSets: (names, size) => create(names.flatMap((name) => staticSet(name, size))),
    createClusters: (names, size) => create(names.map((name) => aCluster(name, size))),
    apply: (...items) => create(items),
    untilVoters: async (name, count, seconds = 120) => {
      await until(
        `${name} has ${count} started voters`,
        seconds,
        async () => {
          const members = await memberListOf(k8s, namespace, `${name}-0`)
          return members.length === count && startedVoters(members).length === count ? true : undefined
        },
        askEveryMs,
      )
    },
    async clear() {
      const kinds = 'etcdrestores,etcdbackups,etcdclusters,statefulsets,services,jobs,pods,persistentvolumeclaims,configmaps'
      await k8s.kubectl(['delete', kinds, '--all', '--namespace', namespace, '--timeout=120s', '--request-timeout=0'])
      await until('the volumes are gone', 120, async () => {
        const { items } = await k8s.kube.list(PERSISTENT_VOLUME, {}, signal())
        return items.some(({ spec }) => spec?.claimRef?.namespace === namespace) ? undefined : true
      })
      await new Promise((resolve) => setTimeout(resolve, restMs))
    },
  }
  await arena.clear()
  return arena
}

function aCluster(name: string, size: number): object {
  return {
    apiVersion: 'etcd-operator.dev/v1alpha1',
    kind: 'EtcdCluster',
    metadata: { name },
    spec: { size, version: '3.6.16', storage: { size: '1Gi', deletionPolicy: 'Delete' } },
  }
}

/** Milliseconds that something took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

function signal(): AbortSignal {
  return AbortSignal.timeout(20_000)
}
