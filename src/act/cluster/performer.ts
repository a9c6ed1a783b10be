import type { Etcd } from '../../adapters/etcd/calls.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import type { ClusterMemory } from '../../observe/cluster/memory.ts'
import type { ClusterObjects } from '../../observe/cluster/objects.ts'
import type { Action, ClusterWait, Step } from '../../plan/cluster/step.ts'
import type { Begin } from './beside-passes.ts'

export type StepOf<A extends Action> = { readonly [Name in Action]: Extract<Step, { do: Name }> }[A]

/** The context of a step. View and objects come from the live read before it: their uids and resourceVersions are preconditions. */
export interface StepContext {
  /** The API server; the caches take the written objects at once. */
  readonly kube: Kube
  /** The API server, without telling the caches. */
  readonly live: Kube
  readonly etcd: Etcd
  readonly view: ClusterView
  readonly objects: ClusterObjects
  readonly signal: AbortSignal
  /** Begins a step of minutes, which goes on beside the passes. */
  readonly begin: Begin
}

/** What the status says of a refused step. */
export type Refusal = Pick<ClusterWait, 'reason' | 'message'>

/** How one kind of step is carried out; the plan knows when it is due. */
export interface Performer<A extends Action> {
  /** Who answers the step's call. A refusal of etcd usually passes by itself, a refusal of the API server rarely does. */
  readonly asks: 'api' | 'etcd'
  /** The step is one compare-and-swap on the status itself: announcing it there first would be the same write twice. */
  readonly announcesItself?: true
  /** The step is only begun in the pass and goes on beside the passes: its Event and its metric come when it has ended. */
  readonly goesOn?: true
  /** The object that the step needs, named as in `SafeWrite`: while the object can't be created, the step waits. */
  readonly needs?: (cluster: EtcdCluster) => string
  /** Ends in one call that changes something; a second try changes nothing more. */
  readonly perform: (context: StepContext, step: StepOf<A>) => Promise<void>
  /** Remembers that the step was done; `at` on the monotonic clock, milliseconds. */
  readonly done?: (memory: ClusterMemory, step: StepOf<A>, at: number) => void
  /** Remembers that the operator lacks the permission for the step. */
  readonly forbidden?: (memory: ClusterMemory, at: number) => void
  /** Remembers why the API server refused the step; `at` on the monotonic clock, milliseconds. */
  readonly refused?: (memory: ClusterMemory, step: StepOf<A>, refusal: Refusal, at: number) => void
}
