import { annotation } from '../../../api/labels.ts'
import { hasCaughtUp } from '../../../model/cluster/caught-up.ts'
import { answerOf, isHealthy, isOurs, leaderOf, listed, listedByName, voters } from '../../../model/cluster/members.ts'
import { inSyncEntries, leavingMembers } from '../../../model/cluster/scaling.ts'
import { whyUnhealthy } from '../../../model/cluster/silence.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { askedLeader, type OpenWish, openWish } from '../../../model/cluster/wishes.ts'
import type { TakeStep } from '../../decision.ts'
import { awaitWindow } from '../maintenance-window.ts'
import { type Decision, type Step, step } from '../step.ts'

/**
 * Moves the leadership to the member that a person names, once. A member that can't lead now ends the wish, with the reason: a leadership
 * that moves at some later time would surprise everybody.
 */
export function moveLeaderOnDemand(view: ClusterView): Decision | undefined {
  const wish = openWish(view.cluster, 'moveLeader', view.now)
  const leader = leaderOf(view)
  if (wish === undefined || leader === undefined || !isOurs(leader)) return undefined
  const name = askedLeader(wish.value)
  if (leader.name === name) return note(wish, 'Done', `${name} leads`)
  const heir = listedByName(view, name)
  const why = whyNot(view, name)
  if (heir === undefined || why !== undefined) return note(wish, 'Failed', `the leadership is not moved: ${why}`)
  // What was begun with another member, such as its restart, is finished first; `awaitHealth` tells.
  if (!voters(view).every((member) => isHealthy(view, member))) return undefined
  // Safety: a voter that answered just now and has the leader's log; etcd itself hands on only to a member of the list.
  const move = step('MovingLeader', `moving the leadership from ${leader.name} to ${name}, as ${annotation.moveLeader} asks`, {
    do: 'MoveLeader',
    member: leader.name,
    id: leader.id,
    to: name,
    toId: heir.id,
    wish: wish.mark,
  })
  return awaitWindow(view, move.step, `moving the leadership from ${leader.name} to ${name}`) ?? move
}

function whyNot(view: ClusterView, name: string): string | undefined {
  const heir = listedByName(view, name)
  if (heir === undefined || !isOurs(heir)) {
    const names = listed(view).flatMap((member) => member.name ?? [])
    return `${JSON.stringify(name.slice(0, 64))}, which ${annotation.moveLeader} names, is no member; members are ${names.join(', ')}`
  }
  if (heir.isLearner) return `${name} is a learner and has no vote yet`
  if (leavingMembers(view).some(({ id }) => id === heir.id)) return `${name} is to leave the cluster`
  if (!isHealthy(view, heir)) return whyUnhealthy(view, heir)
  if (answerOf(view, name)?.serves !== true) return `${name} answers no clients now`
  return hasCaughtUp(view, heir, inSyncEntries)
    ? undefined
    : `${name} does not have the leader's log yet; ask again when its raftLag is low`
}

function note({ mark }: OpenWish, state: 'Done' | 'Failed', message: string): TakeStep<Step> {
  const reason = state === 'Done' ? 'WishFulfilled' : 'WishNotFulfilled'
  return step(reason, message, { do: 'NoteWish', kind: 'moveLeader', mark, state, message })
}
