import type { EtcdRestoreStatus } from '../../api/backups.ts'
import type { Reason } from '../../api/reasons.ts'
import { needsPerson } from '../../model/needs-person.ts'
import type { SourceFile } from '../../model/restore/source.ts'
import type { VerifiedSnapshot } from '../../model/restore/verified-snapshot.ts'
import type { RestoreView } from '../../model/restore/view.ts'

/** All that the controller of EtcdRestores does to the world. Each step can be repeated and can be interrupted anywhere. */
export type RestoreStep =
  /** Makes the Job that reads the file; before that the API server is asked whether it would take `clusterSpec`. */
  | { readonly do: 'CreateVerifyJob'; readonly file: SourceFile }
  /** It has ended and nothing is left that says how. */
  | { readonly do: 'DeleteVerifyJob'; readonly uid: string }
  | {
      readonly do: 'CreateCluster'
      readonly spec: Readonly<Record<string, unknown>>
      readonly verified: VerifiedSnapshot
    }

type Phase = NonNullable<EtcdRestoreStatus['phase']>

/** What a pass over an EtcdRestore decided. */
export type RestoreDecision =
  | { readonly kind: 'step'; readonly phase: Phase; readonly step: RestoreStep; readonly reason: Reason; readonly message: string }
  | RestoreWait
  | RestoreFailure
  | { readonly kind: 'complete'; readonly message: string }
  /** It is finished. */
  | { readonly kind: 'rest' }

export interface RestoreWait {
  readonly kind: 'wait'
  readonly phase: Phase
  /** A Reason; where the EtcdCluster is at work, the one that it gives. */
  readonly reason: string
  readonly message: string
  readonly recheckMs: number
  /** Only a person can help, though it goes on looking. */
  readonly stalled: boolean
}

/** For good. */
export interface RestoreFailure {
  readonly kind: 'fail'
  readonly reason: Reason
  readonly message: string
}

/** One concern of the plan; undefined: not my concern. */
export type RestoreRule = (view: RestoreView) => RestoreDecision | undefined

export function fail(reason: Reason, message: string): RestoreFailure {
  return { kind: 'fail', reason, message }
}

export function waitIn(phase: Phase, reason: Reason, message: string, recheckMs: number): RestoreWait {
  return { kind: 'wait', phase, reason, message, recheckMs, stalled: false }
}

/** The one or the other, by what people can do about the reason. */
export function lookIn(phase: Phase, reason: Reason, message: string, recheckMs: number): RestoreWait {
  return needsPerson(reason) ? stalledIn(phase, reason, message, recheckMs) : waitIn(phase, reason, message, recheckMs)
}

/** A person has to act; it is looked at again all the same. */
export function stalledIn(phase: Phase, reason: string, message: string, recheckMs: number): RestoreWait {
  return { kind: 'wait', phase, reason, message, recheckMs, stalled: true }
}
