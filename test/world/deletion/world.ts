/**
 * A small model of an EtcdCluster that is deleted: its policy and finalizer, and what Kubernetes has of it. Members are not in it:
 * nothing here may depend on what they answer.
 */
export interface World {
  /** Undefined: it is gone. */
  readonly cluster: Cluster | undefined
  /** What held at the moment of deletion; undefined before. */
  readonly atDeletion: { readonly policy: Policy; readonly finalizer: boolean; readonly isOrphaned: boolean } | undefined
  readonly set: { readonly replicas: number; readonly seen: boolean; readonly owned: boolean } | undefined
  readonly pods: readonly ('runs' | 'ends' | undefined)[]
  /** By ordinal; the last one was left by an earlier cluster of the same name. */
  readonly claims: readonly (Claim | undefined)[]
  /** What the user does next, one after the other, at any time. */
  readonly later: readonly Act[]
  /** The operator may not delete claims, and has found that out. */
  readonly right: 'held' | 'withheld' | 'refused'
  /** A call that was decided on the last look, and lands whenever it does. */
  readonly pending: { readonly volume: number } | undefined
  readonly isPaused: boolean
  /** After the deletion the user has decided to keep the volumes. */
  readonly isOverruled: boolean
}

export type Policy = 'Retain' | 'Delete'
export type Act = Policy | 'delete' | 'delete, orphaning' | 'remove the finalizer' | 'delete the claims'

export interface Cluster {
  readonly policy: Policy
  readonly finalizer: boolean
  readonly deleting: boolean
  /** The garbage collector has still to take the owner from the dependents. */
  readonly orphaning: boolean
}

export interface Claim {
  readonly deleting: boolean
  /** As earlier versions of the operator left it. */
  readonly owned: boolean
  readonly isEarlier: boolean
}

export const members = [0, 1]

export function aWorld(policy: Policy, later: readonly Act[], changes: Partial<World> = {}): World {
  const claim = { deleting: false, owned: false, isEarlier: false }
  return {
    cluster: { policy, finalizer: false, deleting: false, orphaning: false },
    atDeletion: undefined,
    set: { replicas: members.length, seen: true, owned: true },
    pods: members.map(() => 'runs'),
    claims: [...members.map(() => claim), { ...claim, isEarlier: true }],
    later,
    right: 'held',
    pending: undefined,
    isPaused: false,
    isOverruled: false,
    ...changes,
  }
}

export function replaced<T>(list: readonly T[], at: number, value: T): readonly T[] {
  return list.map((each, index) => (index === at ? value : each))
}

/** In the foreground or in the background: with a finalizer the object stays, and its dependents with it. */
export function deleted(world: World, orphaning: boolean): World {
  const { cluster } = world
  if (cluster === undefined || cluster.deleting) return world
  const atDeletion = { policy: cluster.policy, finalizer: cluster.finalizer, isOrphaned: orphaning }
  return { ...world, atDeletion, cluster: { ...cluster, deleting: true, orphaning } }
}
