import { oldRevision } from '../../../model/cluster/history.ts'
import { endedStep } from '../../../model/cluster/long-steps.ts'
import { answerOf, isOurs, leaderOf, voters } from '../../../model/cluster/members.ts'
import { isFull, isOutOfSpace, outOfSpace, stillOutOfSpace, winsRoom } from '../../../model/cluster/no-space.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { isCalm, nextDefragmentation } from '../defragment.ts'
import { block, type Decision, step, wait } from '../step.ts'

/**
 * Frees the space of a database that has reached its quota, where the spec allows it:
 *
 *   old revisions removed on every member -> every member defragmented that wins space -> every alarm disarmed
 *
 * In this order: a member that is full raises its alarm again at the next write, and a defragmentation wins only what was removed
 * before. Undefined where nothing can be done (now); `reportNoSpace` tells.
 */
export function freeSpace(view: ClusterView): Decision | undefined {
  if (!mayFree(view)) return undefined
  return compact(view) ?? nextDefragmentation(view, 'FreeingSpace', (answer) => winsRoom(view, answer)).next ?? disarm(view)
}

/** Reports that etcd refuses writes, where the operator can't free any space, or not now. */
export function reportNoSpace(view: ClusterView): Decision | undefined {
  if (!isOutOfSpace(view)) return undefined
  if (view.cluster.spec.maintenance.noSpace !== 'Remediate') return block('NoSpace', outOfSpace(view))
  if (!isCalm(view)) return wait('FreeingSpace', `${outOfSpace(view)}, when all voters are ready and no backup is taken`, 5000)
  return block('NoSpace', stillOutOfSpace(view, nextDefragmentation(view, 'FreeingSpace', (answer) => winsRoom(view, answer)).held))
}

function mayFree(view: ClusterView): boolean {
  return view.cluster.spec.maintenance.noSpace === 'Remediate' && isOutOfSpace(view) && isCalm(view)
}

/**
 * Asks each member in turn, although etcd compacts all of them at the first request: while nobody writes, a member commits what it has
 * removed, and so knows how much is in use, only when it is asked itself. For that reason a member is asked although the revision has been
 * compacted already.
 */
function compact(view: ClusterView): Decision | undefined {
  const member = voters(view)
    .filter(isOurs)
    .find((one) => isBehind(view, one))
  if (member === undefined) return undefined
  // Safety: no revision is removed that is younger than etcd's own compaction keeps; 1 is the revision of an empty database.
  const revision = oldRevision(view) ?? 1
  return step('FreeingSpace', `removing revisions before ${revision} from the database of ${member.name}, and reading what is in use`, {
    do: 'Compact',
    member: member.name,
    id: member.id,
    revision,
  })
}

/** How long after a compaction the member may be asked for another, and how long after one that failed; milliseconds. */
const againMs = 60_000
const afterFailureMs = 10 * 60_000
/** The size in use changes by up to so much although nobody writes. */
const noiseBytes = 512 * 1024

/** Whether asking the member for a compaction is worth it: there is more to remove, or somebody else has removed something since. */
function isBehind(view: ClusterView, member: OurMember): boolean {
  const last = endedStep(view.memory.ended, 'Compact', member)
  const answer = answerOf(view, member.name)
  if (last === undefined || answer === undefined) return true
  if (view.monotonicMs - last.endedMs < (last.failure === undefined ? againMs : afterFailureMs)) return false
  if (last.failure !== undefined || (last.revision ?? 0) < (oldRevision(view) ?? 0)) return true
  const defragmented = endedStep(view.memory.ended, 'Defragment', member)
  const { after } = defragmented !== undefined && defragmented.endedMs > last.endedMs ? defragmented : last
  return after === undefined || Math.abs(answer.dbBytesInUse - after.bytesInUse) > noiseBytes
}

function disarm(view: ClusterView): Decision | undefined {
  const leader = leaderOf(view)
  const answers = voters(view)
    .filter(isOurs)
    .map(({ name }) => answerOf(view, name))
  if (leader?.name === undefined || !answers.every((answer) => answer?.serves && !isFull(view, answer))) return undefined
  // Safety: every member has room below its quota, so that the next writes don't raise the alarm again.
  return step('FreeingSpace', 'every member has room again: disarming the NOSPACE alarm of each of them', {
    do: 'DisarmNoSpace',
    member: leader.name,
    id: leader.id,
  })
}
