import type { EtcdStatus } from '../../adapters/etcd/calls.ts'
import { Failure } from '../../adapters/failure.ts'
import { podOf } from '../../model/cluster/members.ts'
import { endpointOf, type MemberEndpoint } from '../../model/names.ts'
import type { StepContext } from './performer.ts'

/** The member's endpoint and status, after it has said its own ID: another member may have its address by now. */
export async function memberItself(
  context: StepContext,
  member: string,
  id: string,
): Promise<{ readonly endpoint: MemberEndpoint; readonly status: EtcdStatus }> {
  const pod = podOf(context.view, member)
  if (pod?.ip === undefined) throw new Failure('unavailable', `${member} can't be reached`)
  const endpoint = endpointOf(context.view.cluster, pod)
  return { endpoint, status: await statusOfMember(context, endpoint, id) }
}

/** @throws Failure `conflict` where another member answers there */
export async function statusOfMember({ etcd, signal }: StepContext, endpoint: MemberEndpoint, id: string): Promise<EtcdStatus> {
  const status = await etcd.status(endpoint, { signal })
  if (status.memberId !== id) throw new Failure('conflict', `member ${status.memberId} answers instead of ${id}`)
  return status
}
