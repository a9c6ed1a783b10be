import type { Etcd } from '../adapters/etcd/calls.ts'
import type { CredentialStore } from '../adapters/etcd/credentials.ts'
import type { Kube } from '../adapters/kube.ts'
import type { AgentImage } from '../model/agent/image.ts'
import type { Known } from '../model/known.ts'
import type { MemberPages } from '../observe/cluster/member-pages.ts'
import type { SilentMembers } from '../observe/cluster/silent-members.ts'
import type { Caches } from '../observe/watches/caches.ts'
import type { Metrics } from '../report/metrics/metrics.ts'
import type { Clock } from '../runtime/clock.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import type { Log } from '../runtime/log.ts'

/** The dependencies of a controller; wired in bin/operator.ts. */
export interface Tools {
  /** The API server itself. */
  readonly live: Kube
  /** The API server; the caches take the written objects at once. */
  readonly kube: Kube
  readonly caches: Caches
  /** Requests a pass over an EtcdCluster, named by `namespace/name`, for a reason without a watch event. */
  readonly wakeCluster: (key: string) => void
  readonly etcd: Etcd
  /** What members are dialled with; filled from the Secrets of each cluster. */
  readonly credentials: CredentialStore
  readonly silent: SilentMembers
  readonly pages: Pick<MemberPages, 'look'>
  readonly etcdImageRepository: string | undefined
  /** The image that the operator itself runs, which its Jobs run as well. */
  readonly agentImage: (signal: AbortSignal) => Promise<Known<AgentImage>>
  /** Name of the operator's own pod, and its namespace. */
  readonly identity: string
  readonly namespace: string
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
}

/** Reconciles the objects of one kind: each pass is over one object, named by `namespace/name`. */
export interface Controller {
  pass(key: string, signal: AbortSignal): Promise<PassResult>
}
