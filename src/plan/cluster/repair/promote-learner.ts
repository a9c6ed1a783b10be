import { answerOf, configOf, isHealthy, isOurs, leaderOf, learners, podOf, raftLag, voters } from '../../../model/cluster/members.ts'
import { healthyVoters, quorum } from '../../../model/cluster/quorum.ts'
import { inSyncEntries, learnersAllowed, leavingMembers } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { type Decision, step } from '../step.ts'

/** Consecutive looks at which the learner must be in sync. */
const inSyncLooks = 2

/** Promotes a learner that has the leader's log: redundancy is restored before a rule takes a member out. */
export function promoteLearner(view: ClusterView): Decision | undefined {
  if (leaderOf(view) === undefined || !canSpareSilent(view)) return undefined
  const ready = readyLearners(view)
  const [first] = ready
  if (first === undefined) return undefined
  // Two voters survive no failure: a single voter waits until both learners are in sync before the first is promoted.
  if (voters(view).length === 1 && learnersAllowed(view) === 2 && view.cluster.spec.size >= 3 && ready.length < 2) return undefined
  // Safety: etcd promotes even a dead learner on an emptied volume, because the leader remembers it as in sync. Here its own process has
  // just answered with its ID. It is in sync, refuses an empty volume from here on, and a majority of the larger list answers without it.
  return step('LearnerInSync', `promoting ${first.name}: it has the leader's log`, {
    do: 'PromoteLearner',
    member: first.name,
    id: first.id,
  })
}

/**
 * All voters are healthy; or some are silent, and the vote of the learner makes up for one of them: of four voters two have to fail until
 * the majority is lost, and of five three. A silent member may never come back.
 */
function canSpareSilent(view: ClusterView): boolean {
  const all = voters(view).length
  const healthy = healthyVoters(view)
  return healthy === all || (all % 2 === 0 && healthy >= quorum(all + 1))
}

function readyLearners(view: ClusterView) {
  const leaving = new Set(leavingMembers(view).map(({ id }) => id))
  return learners(view)
    .filter(isOurs)
    .filter((member) => !leaving.has(member.id) && isHealthy(view, member) && configOf(view, member.name)?.state === 'established')
    .filter((member) => isInSync(view, member.id, raftLag(view, member)) && !wouldLeadClientsAstray(view, member.name))
}

/** The pod of a new voter is ready at once, perhaps before its client port serves: it must be out of the client Service before that. */
function wouldLeadClientsAstray(view: ClusterView, name: string): boolean {
  return answerOf(view, name)?.serves === false && podOf(view, name)?.serving === true
}

function isInSync(view: ClusterView, id: string, lag: number | undefined): boolean {
  return lag !== undefined && lag <= inSyncEntries && (view.memory.inSyncLooks.get(id) ?? 0) >= inSyncLooks
}
