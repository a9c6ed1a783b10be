import {
  CONFIG_MAP,
  ETCD_CLUSTER,
  PERSISTENT_VOLUME_CLAIM,
  type PersistentVolumeClaim,
  POD,
  type Pod,
} from '../../src/adapters/kube/kinds.ts'
import type { Draft } from '../../src/adapters/kube/object.ts'
import type { Condition, EtcdCluster, MemberStatus } from '../../src/api/etcd-cluster.ts'
import { label } from '../../src/api/labels.ts'
import type { ConditionType } from '../../src/api/reasons.ts'
import type { EtcdVersion } from '../cluster/versions.ts'
import { type EtcdMember, memberListOf } from './etcd-gateway.ts'
import type { Kubernetes } from './kubernetes.ts'
import { NotInTime, until } from './until.ts'

/** A spec as a person writes it: whatever the schema fills in may be left out. */
export interface Wish {
  readonly size?: number
  readonly version?: string
  readonly storage?: object
  readonly [field: string]: unknown
}

export const etcdVersion: EtcdVersion = '3.6.16'

/** The smallest spec that the schema takes. */
export function aWish(wish: Wish = {}): Wish {
  return { version: etcdVersion, storage: { size: '1Gi' }, ...wish }
}

/** One EtcdCluster and what belongs to it, as a person and etcd itself see it. */
export interface ClusterHandle {
  readonly name: string
  readonly namespace: string
  create(wish?: Wish): Promise<EtcdCluster>
  /** Merged into the spec. */
  change(spec: object): Promise<void>
  get(): Promise<EtcdCluster>
  /** Until the status says so for the newest spec. */
  untilReady(seconds?: number): Promise<EtcdCluster>
  until(what: string, seconds: number, holds: (cluster: EtcdCluster) => boolean): Promise<EtcdCluster>
  /** Deleted, and everything that goes with it gone. */
  delete(): Promise<void>
  pods(): Promise<readonly Pod[]>
  volumes(): Promise<readonly PersistentVolumeClaim[]>
  config(): Promise<Readonly<Record<string, string>>>
  /** etcd's own list, linearizable, by a member that isn't asked through the operator. */
  members(): Promise<readonly EtcdMember[]>
}

export function clusterHandle(k8s: Kubernetes, namespace: string, name: string): ClusterHandle {
  const { kube } = k8s
  const ref = { namespace, name }
  const own = { namespace, labelSelector: `${label.cluster}=${name}` }
  const signal = () => AbortSignal.timeout(20_000)

  async function get(): Promise<EtcdCluster> {
    const cluster = await kube.get(ETCD_CLUSTER, ref, signal())
    if (cluster === undefined) throw new Error(`there is no EtcdCluster ${namespace}/${name}`)
    return cluster
  }

  async function untilCluster(what: string, seconds: number, holds: (cluster: EtcdCluster) => boolean): Promise<EtcdCluster> {
    let seen: EtcdCluster | undefined
    try {
      return await until(what, seconds, async () => {
        seen = await get()
        return holds(seen) ? seen : undefined
      })
    } catch (error) {
      throw error instanceof NotInTime ? error.withMore(seen === undefined ? 'nothing was seen' : summary(seen)) : error
    }
  }

  return {
    ...ref,
    create: (wish) => {
      // The server fills in what the wish leaves out.
      const draft = { metadata: ref, spec: aWish(wish) } as unknown as Draft<EtcdCluster>
      return kube.create(ETCD_CLUSTER, draft, signal())
    },
    change: async (spec) => void (await kube.patch(ETCD_CLUSTER, ref, { spec }, signal())),
    get,
    until: untilCluster,
    untilReady: (seconds = 60) => untilCluster(`${name} is Ready`, seconds, (cluster) => isNow(cluster, 'Ready')),
    async delete() {
      const cluster = await get()
      await kube.delete(ETCD_CLUSTER, ref, { uid: cluster.metadata.uid }, signal())
      await until(`everything of ${name} is gone`, 60, async () => {
        const [object, pods, config] = await Promise.all([
          kube.get(ETCD_CLUSTER, ref, signal()),
          kube.list(POD, own, signal()),
          kube.get(CONFIG_MAP, { namespace, name: `${name}-members` }, signal()),
        ])
        return object === undefined && pods.items.length === 0 && config === undefined ? true : undefined
      })
    },
    pods: async () => (await kube.list(POD, own, signal())).items,
    volumes: async () => (await kube.list(PERSISTENT_VOLUME_CLAIM, own, signal())).items,
    config: async () => (await kube.get(CONFIG_MAP, { namespace, name: `${name}-members` }, signal()))?.data ?? {},
    members: () => memberList(k8s, namespace, name),
  }
}

export function condition(cluster: EtcdCluster, type: ConditionType): Condition | undefined {
  return cluster.status?.conditions?.find((one) => one.type === type)
}

/** True for the spec as it is now, not for an earlier one. */
export function isNow(cluster: EtcdCluster, type: ConditionType): boolean {
  const found = condition(cluster, type)
  return found?.status === 'True' && found.observedGeneration === cluster.metadata.generation
}

export function isStalled(cluster: EtcdCluster, reason: string): boolean {
  return isNow(cluster, 'Stalled') && condition(cluster, 'Stalled')?.reason === reason
}

/** One line that says where a cluster stands. */
export function summary({ metadata, status }: EtcdCluster): string {
  const members = status?.memberStatus?.map(({ name, role, ready }) => `${name} ${role}${ready ? '' : ' not ready'}`) ?? []
  const step = status?.nextStep
  return `generation ${metadata.generation}, observed ${status?.observedGeneration ?? 'never'}; ${members.join(', ') || 'no members'}; ${step ? `${step.action}/${step.reason}: ${step.message}` : 'no next step'}`
}

/** From whichever pod is ready. */
function memberList(k8s: Kubernetes, namespace: string, name: string): Promise<readonly EtcdMember[]> {
  return until('a member gives the list', 20, async () => {
    const pods = await k8s.kube.list(POD, { namespace, labelSelector: `${label.cluster}=${name}` }, AbortSignal.timeout(5_000))
    const pod = pods.items.find(isReady)
    return pod && memberListOf(k8s, namespace, pod.metadata.name)
  })
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

/** The IDs of etcd's members, in an order that does not depend on etcd's. */
export async function idsOf(demo: ClusterHandle): Promise<readonly string[]> {
  return (await demo.members()).map(({ id }) => id).toSorted()
}

export function uidsOf(pods: readonly Pod[]): readonly string[] {
  return pods.map(({ metadata }) => metadata.uid).toSorted()
}

/** A member's pod, which may be about to be recreated. */
export function podOf(demo: ClusterHandle, name: string): Promise<Pod> {
  return until(`pod ${name} is there`, 30, async () => (await demo.pods()).find(({ metadata }) => metadata.name === name))
}

/** What the status says of a member. */
export function rowOf({ status }: EtcdCluster, member: string): MemberStatus | undefined {
  return status?.memberStatus?.find(({ name }) => name === member)
}
