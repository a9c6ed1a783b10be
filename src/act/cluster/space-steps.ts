import { Failure } from '../../adapters/failure.ts'
import { longStepDeadlineMs } from '../../model/cluster/long-steps.ts'
import { podOf } from '../../model/cluster/members.ts'
import { endpointOf } from '../../model/names.ts'
import type { StepContext, StepOf } from './performer.ts'

/** Steps that free space in a member's database. They take minutes, and go on beside the passes. */

/**
 * What a compaction has removed counts as free two commits after the last reader that could still see it, and while nobody writes a member
 * commits for each such request, and for nothing else. Where the revision is compacted already a request takes no time.
 */
const requests = 3

export async function compact(context: StepContext, { member, id, revision }: StepOf<'Compact'>): Promise<void> {
  const { endpoint, bytesBefore, deadlineMs } = await memberItself(context, member, id)
  context.begin({ do: 'Compact', member, id, revision, bytesBefore, deadlineMs }, endpoint, async () => {
    for (let request = 0; request < requests; request += 1) await context.etcd.compact(endpoint, revision, true, { deadlineMs })
  })
}

export async function defragment(context: StepContext, { member, id }: StepOf<'Defragment'>): Promise<void> {
  const { endpoint, bytesBefore, deadlineMs } = await memberItself(context, member, id)
  context.begin({ do: 'Defragment', member, id, revision: undefined, bytesBefore, deadlineMs }, endpoint, () =>
    context.etcd.defragment(endpoint, { deadlineMs }),
  )
}

/** The member's endpoint, after it has said its own ID: another member may have its address by now. */
async function memberItself({ etcd, view, signal }: StepContext, member: string, id: string) {
  const pod = podOf(view, member)
  if (pod?.ip === undefined) throw new Failure('unavailable', `${member} can't be reached`)
  const endpoint = endpointOf(view.cluster, pod)
  const { memberId, dbSize } = await etcd.status(endpoint, { signal })
  if (memberId !== id) throw new Failure('conflict', `member ${memberId} answers instead of ${id}`)
  return { endpoint, bytesBefore: dbSize, deadlineMs: longStepDeadlineMs(dbSize) }
}
