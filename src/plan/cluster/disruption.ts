import type { Reason } from '../../api/reasons.ts'
import type { TakeStep } from '../decision.ts'
import type { Action, Step } from './step.ts'

/**
 * The steps that disturb clients or cost a member on purpose, and the reasons for which they are no repair: such a step is taken only in a
 * turn that `awaitWindow` has let begin. For every other reason the same step repairs, or ends what disturbs nobody any more.
 *
 * - `StopServing`   new connections go elsewhere; the member is out until its turn ends
 * - `MoveLeader`    proposals that are in flight are lost, and the clients that wait for them fail or wait
 * - `SetReplicas`   ends the process of the last member: its connections are closed
 * - `DeletePod`     ends the process of its member
 * - `RemoveMember`  ends the process of its member, where that was not ended before
 * - `Defragment`    the member answers no client until it is done
 */
const disruptive: Partial<Record<Action, readonly Reason[]>> = {
  StopServing: ['ScalingDown', 'ExchangingMember', 'Rolling'],
  MoveLeader: ['ScalingDown', 'ExchangingMember', 'Rolling', 'MovingLeader'],
  SetReplicas: ['ScalingDown'],
  DeletePod: ['ExchangingMember', 'Rolling'],
  RemoveMember: ['ScalingDown', 'ExchangingMember'],
  Defragment: ['Defragmenting'],
}

/** Whether the step disrupts and isn't repair. */
export function disrupts({ step, reason }: Pick<TakeStep<Step>, 'step' | 'reason'>): boolean {
  return disruptive[step.do]?.includes(reason) ?? false
}
