import { Failure, isFailure } from '../../adapters/failure.ts'
import { randomText } from '../../adapters/random.ts'
import { rootName } from '../../model/cluster/auth.ts'
import { podOf } from '../../model/cluster/members.ts'
import { endpointOf, type MemberEndpoint } from '../../model/names.ts'
import type { StepContext, StepOf } from './performer.ts'

/** Steps that switch authentication on and off. */

export async function prepareRoot(context: StepContext, { member, id, isThere }: StepOf<'PrepareRoot'>): Promise<void> {
  const { etcd, signal } = context
  const endpoint = await memberItself(context, member, id)
  // Safety: a random password that is thrown away. Without one root could never log in again, and with a known one anybody could.
  if (!isThere)
    await etcd.authWrite(endpoint, { do: 'AddUser', user: rootName, password: randomText(32) }, { signal }).catch(isThereAlready)
  await etcd.authWrite(endpoint, { do: 'GrantRole', user: rootName, role: rootName }, { signal })
}

export async function enableAuth(context: StepContext, { member, id }: StepOf<'EnableAuth'>): Promise<void> {
  await context.etcd.authEnable(await memberItself(context, member, id), { signal: context.signal })
}

export async function disableAuth(context: StepContext, { member, id }: StepOf<'DisableAuth'>): Promise<void> {
  await context.etcd.authDisable(await memberItself(context, member, id), { signal: context.signal })
}

/** The reply of an earlier try was lost, or somebody else made it: then it keeps their password. */
function isThereAlready(error: unknown): void {
  if (!isFailure(error, 'conflict')) throw error
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
