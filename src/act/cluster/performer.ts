import type { Etcd } from '../../adapters/etcd/calls.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import type { ClusterMemory } from '../../observe/cluster/memory.ts'
import type { ClusterObjects } from '../../observe/cluster/objects.ts'
import type { Action, Step } from '../../plan/cluster/step.ts'

export type StepOf<A extends Action> = { readonly [Name in Action]: Extract<Step, { do: Name }> }[A]

/** What a step is carried out with. View and objects are of the live look that planned the step: their uids and resourceVersions are its preconditions. */
export interface StepContext {
  /** Tells the caches what it wrote. */
  readonly kube: Kube
  /** The API server itself. */
  readonly live: Kube
  readonly etcd: Etcd
  readonly view: ClusterView
  readonly objects: ClusterObjects
  readonly signal: AbortSignal
}

/** All that the operator knows of one kind of step, besides when the step is due. */
export interface Performer<A extends Action> {
  /** Who answers. etcd's refusals pass by themselves, those of the API server seldom do. */
  readonly asks: 'api' | 'etcd'
  /** The step is one compare-and-swap on the status itself: announcing it there first would be the same write twice. */
  readonly announcesItself?: true
  /** The object, in words as `SafeWrite` has them, without which the step is in vain: it waits while that can't be created. */
  readonly needs?: (cluster: EtcdCluster) => string
  /** Ends in one call that changes something; doing it twice does it once. */
  readonly perform: (context: StepContext, step: StepOf<A>) => Promise<void>
  /** What is remembered of a step that was done; `at` on the monotonic clock, milliseconds. */
  readonly done?: (memory: ClusterMemory, step: StepOf<A>, at: number) => void
  /** What is remembered when the operator lacks the right to do it. */
  readonly forbidden?: (memory: ClusterMemory, at: number) => void
}
