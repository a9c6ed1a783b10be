import { longStepDeadlineMs } from '../../model/cluster/long-steps.ts'
import { memberItself } from './member-itself.ts'
import type { StepContext, StepOf } from './performer.ts'

/** Steps that free space in a member's database. They take minutes, and go on beside the passes. */

/**
 * What a compaction has removed counts as free two commits after the last reader that could still see it, and while nobody writes a member
 * commits for each such request, and for nothing else. Where the revision is compacted already a request takes no time.
 */
const requests = 3

export async function compact(context: StepContext, { member, id, revision }: StepOf<'Compact'>): Promise<void> {
  const { endpoint, bytesBefore, deadlineMs } = await memberWithSize(context, member, id)
  context.begin({ do: 'Compact', member, id, revision, bytesBefore, deadlineMs }, endpoint, async () => {
    for (let request = 0; request < requests; request += 1) await context.etcd.compact(endpoint, revision, true, { deadlineMs })
  })
}

export async function defragment(context: StepContext, { member, id }: StepOf<'Defragment'>): Promise<void> {
  const { endpoint, bytesBefore, deadlineMs } = await memberWithSize(context, member, id)
  context.begin({ do: 'Defragment', member, id, revision: undefined, bytesBefore, deadlineMs }, endpoint, () =>
    context.etcd.defragment(endpoint, { deadlineMs }),
  )
}

/** The member itself, with the time that its database may take. */
async function memberWithSize(context: StepContext, member: string, id: string) {
  const { endpoint, status } = await memberItself(context, member, id)
  return { endpoint, bytesBefore: status.dbSize, deadlineMs: longStepDeadlineMs(status.dbSize) }
}
