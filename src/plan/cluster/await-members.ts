import {
  answerOf,
  isHealthy,
  isOurs,
  leaderOf,
  learners,
  listed,
  listedByName,
  podOf,
  raftLag,
  voters,
} from '../../model/cluster/members.ts'
import { isBeyondItsEnd, isOut } from '../../model/cluster/out.ts'
import { podTrouble } from '../../model/cluster/pod-trouble.ts'
import { inSyncEntries, joinPatienceMs, unstartedLearner } from '../../model/cluster/scaling.ts'
import { whyStillThere } from '../../model/cluster/silence.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { awaitHealthy } from './await-healthy.ts'
import { type Decision, wait } from './step.ts'

/** Waits for what ends by itself: a member starts, a learner catches up, a pod becomes ready, a volume is being deleted. */

export function awaitStart(view: ClusterView): Decision | undefined {
  const joining = unstartedLearner(view)
  if (joining === undefined) return undefined
  const trouble = podTrouble(view, joining.name)
  if (trouble) return wait(trouble.reason, trouble.message, 1000, { member: joining.name, next: 'PromoteLearner' })
  const running = podOf(view, joining.name)?.etcd.state === 'running'
  return wait('StartingMembers', `waiting for ${joining.name} to start`, running ? 100 : 500, {
    member: joining.name,
    next: 'PromoteLearner',
    patienceMs: joinPatienceMs(view, joining.name),
  })
}

export function awaitLearners(view: ClusterView): Decision | undefined {
  const all = learners(view).filter(isOurs)
  // Two learners are promoted together, so a lost learner holds up the other one.
  const learner = all.find((member) => isOut(view, member)) ?? all[0]
  if (learner === undefined) return undefined
  const about = { member: learner.name, next: 'PromoteLearner' } as const
  const sick = voters(view).find((member) => !isHealthy(view, member)) ?? (isOut(view, learner) ? learner : undefined)
  const until = sick === learner ? '; promoted when it is in sync' : `; ${learner.name} is promoted when all voters do`
  if (sick !== undefined) return awaitHealthy(view, sick, { ...about, until })
  const lag = raftLag(view, learner)
  const message =
    lag === undefined
      ? `${learner.name} does not answer; promoted when it is in sync`
      : lag > inSyncEntries
        ? `${learner.name} is ${lag} entries behind the leader; promoted when it is in sync`
        : `${learner.name} is in sync; promoted when it stays so`
  return wait('LearnerCatchingUp', message, 100, about)
}

export function awaitHealth(view: ClusterView): Decision | undefined {
  if (leaderOf(view) === undefined) return wait('StartingMembers', 'waiting for a leader', 500)
  const sick = listed(view)
    .filter(isOurs)
    .find((member) => !isHealthy(view, member))
  return sick === undefined ? undefined : awaitHealthy(view, sick)
}

export function awaitServing(view: ClusterView): Decision | undefined {
  for (const member of voters(view).filter(isOurs)) {
    const pod = podOf(view, member.name)
    if (pod !== undefined && (!pod.ready || !pod.serving || !pod.labelled || answerOf(view, member.name)?.serves === false))
      return wait('StartingMembers', `waiting for pod ${pod.name} to be ready`, 500, { member: member.name })
  }
  return undefined
}

/** A removed member has left only when its pod is deleted. */
export function awaitLeft(view: ClusterView): Decision | undefined {
  const left = view.pods.find((pod) => listedByName(view, pod.name) === undefined)
  if (left === undefined) return undefined
  const recheckMs = isBeyondItsEnd(view, left) ? 5_000 : 500
  return wait('MemberStopping', `waiting for pod ${left.name} to terminate${whyStillThere(view, left)}`, recheckMs, { member: left.name })
}

export function awaitVolumes(view: ClusterView): Decision | undefined {
  const going = view.volumes.find((volume) => volume.deleting)
  return going === undefined ? undefined : wait('CleaningUp', `waiting for volume ${going.name} to be deleted`, 2000)
}
