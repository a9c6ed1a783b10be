import type { EtcdRestoreStatus } from '../../api/backups.ts'
import type { Reason, WaitReason } from '../../api/reasons.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import type { SourceFile } from '../../model/restore/source.ts'
import type { VerifiedSnapshot } from '../../model/restore/verified-snapshot.ts'
import type { RestoreView } from '../../model/restore/view.ts'
import type { Fail, Steady, TakeStep, Wait } from '../decision.ts'

/** All that the controller of EtcdRestores does to the world. Each step can be repeated and can be interrupted anywhere. */
export type RestoreStep =
  /** Makes the Job that reads the file; before that the API server is asked whether it would take `clusterSpec`. */
  | { readonly do: 'CreateVerifyJob'; readonly file: SourceFile; readonly image: AgentImage }
  /** Deletes the Job, so that it is recreated: its result is lost, or it is needed no more. */
  | { readonly do: 'DeleteVerifyJob'; readonly uid: string }
  | {
      readonly do: 'CreateCluster'
      readonly spec: Readonly<Record<string, unknown>>
      readonly verified: VerifiedSnapshot
    }

type Phase = NonNullable<EtcdRestoreStatus['phase']>

/** What a pass over an EtcdRestore decided. */
export type RestoreDecision =
  | (TakeStep<RestoreStep> & In)
  | (Wait & In)
  | RestoreBlock
  | Fail
  | { readonly kind: 'complete'; readonly message: string }
  /** It is finished. */
  | Steady

interface In {
  readonly phase: Phase
}

/** The operator looks again all the same. `reason` is a Reason; where the EtcdCluster is at work, the reason that it gives. */
export interface RestoreBlock extends In {
  readonly kind: 'block'
  readonly reason: string
  readonly message: string
  readonly recheckMs: number
}

/** One concern of the plan; undefined: not my concern. */
export type RestoreRule = (view: RestoreView) => RestoreDecision | undefined

export function step(phase: Phase, reason: Reason, message: string, what: RestoreStep): TakeStep<RestoreStep> & In {
  return { kind: 'step', phase, step: what, reason, message }
}

export function wait(phase: Phase, reason: WaitReason, message: string, recheckMs: number): Wait & In {
  return { kind: 'wait', phase, reason, message, recheckMs }
}

export function block(phase: Phase, reason: string, message: string, recheckMs = 10_000): RestoreBlock {
  return { kind: 'block', phase, reason, message, recheckMs }
}

export function fail(reason: Reason, message: string): Fail {
  return { kind: 'fail', reason, message }
}
