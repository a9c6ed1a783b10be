import { refusalInWords, refusedByPeers } from '../../../model/cluster/data-signs.ts'
import { failedMembers } from '../../../model/cluster/failed.ts'
import { isOurs, learners, voters } from '../../../model/cluster/members.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { othersAgree, voteOfNow } from '../../../model/cluster/wrong-data.ts'
import { type Decision, step, wait } from '../step.ts'
import { removeLearner } from './remove-learner.ts'

/**
 * A member that did not start because its data differed from that of a member that ran, while all others agree now. Either a member with
 * wrong data has been removed since, and this member starts; or its own data is wrong, and it refuses to start a second time, too.
 */
export function retryRefused(view: ClusterView): Decision | undefined {
  const [refused] = refusedByPeers(view)
  const vote = voteOfNow(view)
  if (refused === undefined || vote?.verdict !== 'agree') return undefined
  const { name, uid, etcd, endsBy } = refused
  const learner = learners(view).find((member) => member.name === name)
  if (learner !== undefined) return removeLearner({ name, id: learner.id }, `${name} does not start, because its data differs`)
  const about = { member: name, next: 'RemoveMember' } as const
  const beside = startedLearner(view)
  // This learner was among the members that the refused one compared itself with. It can't be promoted while a voter is silent, and so the
  // wait for it would have no end.
  if (beside !== undefined && [...vote.missing.keys()].every((id) => voters(view).some((voter) => voter.id === id && voter.name === name)))
    return removeLearner(
      beside,
      `${refusalInWords(name)}, and all voters that run agree; ${beside.name} gives no hash, so its data may be wrong`,
    )
  if (waitsForFailed(view, name)) return undefined
  if (!othersAgree(view, name))
    return wait(
      'ComparingData',
      `${refusalInWords(name)}; it is started again when all others have been compared: ${[...vote.missing.values()].join('; ')}`,
      2000,
      about,
    )
  const isBackingOff = etcd.state === 'waiting' && etcd.reason === 'CrashLoopBackOff' && endsBy === undefined
  // Safety: its etcd does not run, its volume stays, and all others were just found to agree.
  if (isBackingOff && view.memory.peerRefusals.get(name) === uid)
    return step('ReplacingPod', `all other members have the same data; ${name} is started again, to see whether its own still differs`, {
      do: 'DeletePod',
      member: name,
      uid,
    })
  return wait(
    'ComparingData',
    `waiting for ${name} to start; it is replaced if its data still differs from that of all others`,
    1000,
    about,
  )
}

/** Members that have failed never give a hash: they are replaced first, while a majority of all voters has the same data. */
function waitsForFailed(view: ClusterView, name: string): boolean {
  const failed = new Set(failedMembers(view).map(({ member }) => member.id))
  const silent = voters(view).filter((voter) => voter.name !== name && voteOfNow(view)?.missing.has(voter.id) === true)
  return silent.length > 0 && silent.every(({ id }) => failed.has(id))
}

function startedLearner(view: ClusterView): OurMember | undefined {
  return learners(view)
    .filter(isOurs)
    .find(({ published }) => published)
}
