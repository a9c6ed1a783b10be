import { Failure } from '../../adapters/failure.ts'
import { podOf } from '../../model/cluster/members.ts'
import { endpointOf, type MemberEndpoint } from '../../model/names.ts'
import type { StepContext, StepOf } from './performer.ts'

/** Steps that let etcd go back to the minor version before its own, and forbid it again. */

export async function enableDowngrade(context: StepContext, { member, id, target }: StepOf<'EnableDowngrade'>): Promise<void> {
  const { etcd, signal } = context
  await etcd.enableDowngrade(await memberItself(context, member, id), target, { signal })
}

export async function cancelDowngrade(context: StepContext, { member, id }: StepOf<'CancelDowngrade'>): Promise<void> {
  const { etcd, signal } = context
  await etcd.cancelDowngrade(await memberItself(context, member, id), { signal })
}

/** The member's endpoint, after it has said its own ID: another member may have its address by now. */
async function memberItself({ etcd, view, signal }: StepContext, member: string, id: string): Promise<MemberEndpoint> {
  const pod = podOf(view, member)
  if (pod?.ip === undefined) throw new Failure('unavailable', `${member} can't be reached`)
  const endpoint = endpointOf(view.cluster, pod)
  const { memberId } = await etcd.status(endpoint, { signal })
  if (memberId !== id) throw new Failure('conflict', `member ${memberId} answers instead of ${id}`)
  return endpoint
}
