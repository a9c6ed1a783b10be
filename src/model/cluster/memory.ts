import type { Reason, WaitReason } from '../../api/reasons.ts'
import type { Trouble } from '../pod-start.ts'
import type { ExitCause } from './exit-cause.ts'
import type { EndedStep, LongStep } from './long-steps.ts'

/** Facts of earlier passes: losing them only makes the operator slower. Times are on the monotonic clock, milliseconds. */
export interface Memory {
  /** Consecutive looks at which a learner was in sync, by member ID. */
  readonly inSyncLooks: ReadonlyMap<string, number>
  /** When a majority answered last. */
  readonly majorityAt: number | undefined
  /** When a listed member that has never started was first seen, by member ID. */
  readonly unstartedSince: ReadonlyMap<string, number>
  /** When the API server last refused to let the operator delete a volume. */
  readonly volumeDeletionDeniedAt: number | undefined
  /** Claims that the API server refused to enlarge, by their UID. */
  readonly growthRefusals: ReadonlyMap<string, GrowthRefusal>
  /** Secrets that the API server refused to write, by name. */
  readonly secretRefusals: ReadonlyMap<string, SecretRefusal>
  /** When a member name last failed to join, and how often, so that the next try waits longer. */
  readonly failedJoins: ReadonlyMap<string, { readonly count: number; readonly at: number }>
  /** Why members can't start, as it was proved, by member name. */
  readonly provedTroubles: ReadonlyMap<string, ProvedTrouble>
  /**
   * Members that did not start because their data differs from that of a member that runs, although all others had been found to agree:
   * the uid of the pod in which that was first seen, by member name.
   */
  readonly peerRefusals: ReadonlyMap<string, string>
  /** When a node was first seen not to be ready or not to exist, of the nodes for which that still is so, by name. */
  readonly unreadySince: ReadonlyMap<string, number>
  /** When the CORRUPT alarm was disarmed. */
  readonly disarms: readonly number[]
  /** How the processes of each member ended last, by member name. */
  readonly exits: ReadonlyMap<string, ExitsInARow>
  /** The members that know no leader and get no further, by member name. */
  readonly standingStill: ReadonlyMap<string, StandingStill>
  /** When a pod was first seen out of the client Service, of the pods that still are, by uid. */
  readonly outSince: ReadonlyMap<string, number>
  /** The long step that this operator has begun and that has not ended. */
  readonly longStep: LongStep | undefined
  /** How long steps ended last, by `longStepKey`. */
  readonly ended: ReadonlyMap<string, EndedStep>
  /** Revisions that the cluster had reached, the oldest first. */
  readonly revisions: readonly RevisionSample[]
  /** Always-safe writes that the API server refused in the last pass, or that somebody reverts again and again. */
  readonly refusedWrites: readonly { readonly reason: Reason; readonly message: string }[]
}

/** Why the API server refused to write a Secret. */
export interface SecretRefusal {
  readonly reason: WaitReason
  readonly message: string
  /** On the monotonic clock, milliseconds. */
  readonly at: number
}

/** Why the API server refused to let a claim ask for more. */
export interface GrowthRefusal {
  readonly reason: Reason
  readonly message: string
  /** What was asked for. */
  readonly bytes: number
  /** On the monotonic clock, milliseconds. */
  readonly at: number
}

/** A trouble of one pod that counts until it is disproved. */
export interface ProvedTrouble {
  readonly podUid: string
  /** The ID under which etcd listed the member then; undefined: it was not listed, or the list was not known. */
  readonly memberId: string | undefined
  readonly trouble: Trouble
}

/** How often in a row the processes of one member ended with the same cause, on the same claim. */
export interface ExitsInARow {
  readonly cause: ExitCause
  readonly count: number
  readonly claimUid: string | undefined
  /** The exit that was counted last: each start of a container is counted once. */
  readonly podUid: string
  readonly start: number
}

/** A member that takes part in raft, knows no leader and does not get any further. */
export interface StandingStill {
  readonly podUid: string
  readonly applied: number
  readonly revision: number
  /** On the monotonic clock, milliseconds. */
  readonly since: number
}

/** A revision that the cluster had reached at that time; on the monotonic clock, milliseconds. */
export interface RevisionSample {
  readonly atMs: number
  readonly revision: number
}
