import type { Etcd } from '../../adapters/etcd/calls.ts'
import type { Pod } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { UserView } from '../../model/user/view.ts'

/** What a step about an EtcdUser is carried out with. */
export interface UserContext {
  /** The API server; the caches take the written objects at once. */
  readonly kube: Kube
  /** The API server, without telling the caches: no cache keeps a Secret. */
  readonly live: Kube
  readonly etcd: Etcd
  /** The live view from which the step was planned: its uids and resourceVersions are the preconditions. */
  readonly view: UserView
  /** The pods of the cluster's members. */
  readonly pods: readonly Pod[]
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number
  readonly signal: AbortSignal
  /** Called for each write to etcd that was taken. */
  readonly wrote: () => void
}
