import { corruptAlarms } from '../../../model/cluster/data-signs.ts'
import { failedMembers } from '../../../model/cluster/failed.ts'
import { isLed, isOurs, leaderOf, learners, listed, voters } from '../../../model/cluster/members.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { hashesInWords, voteOfNow } from '../../../model/cluster/wrong-data.ts'
import { block, type Decision, step, wait } from '../step.ts'
import { removeLearner } from './remove-learner.ts'

/** How often the alarm is disarmed within an hour, at most. */
const disarmsPerHour = 3

/**
 * Disarms the CORRUPT alarm as soon as all voters that answer agree: writes are accepted again at once. etcd keeps the entry of a removed
 * member for ever, and any client may raise the alarm.
 */
export function disarmAlarms(view: ClusterView): Decision | undefined {
  const named = corruptAlarms(view)
  const vote = voteOfNow(view)
  if (named.length === 0 || vote?.verdict !== 'agree') return undefined
  // A voter that answers and gave no hash that can be compared may be the wrong one: it gives another soon. Without a leader it may not.
  const uncompared = voters(view).find(({ id, name }) => vote.missing.has(id) && name !== undefined && isLed(view, { name, id }))
  if (uncompared !== undefined)
    return wait(
      'ComparingData',
      `etcd's CORRUPT alarm is raised; the data of ${uncompared.name} is compared: ${vote.missing.get(uncompared.id)}`,
      500,
    )
  const disarms = view.memory.disarms.filter((at) => view.monotonicMs - at < 3_600_000).length
  // A learner gives no hash, and etcd does not always name it: where the alarm is raised again and again its data may be wrong.
  const learner = learners(view)
    .filter(isOurs)
    .find(({ id, published }) => named.includes(id) || (disarms >= disarmsPerHour - 1 && published))
  if (learner !== undefined) {
    const why = named.includes(learner.id)
      ? `etcd says that the data of ${learner.name} is wrong`
      : `etcd's CORRUPT alarm is raised again and again although all voters agree, so the data of ${learner.name} may be wrong`
    return removeLearner(learner, why)
  }

  const evidence = `all voters that answer have the same data: ${hashesInWords(view, vote)}`
  const cleared = named.filter((id) => vote.hashes.has(id) || !listed(view).some((member) => member.id === id))
  if (cleared.length === 0) return undefined
  if (disarms >= disarmsPerHour)
    return block(
      'DataCorrupt',
      `etcd's CORRUPT alarm is raised again, after it was disarmed ${disarmsPerHour} times within an hour, although ${evidence}. Look for a client that raises it, and at the logs of the members for "corrupt"; then run etcdctl alarm disarm`,
    )
  const leader = leaderOf(view)
  if (leader?.name === undefined) return wait('StartingMembers', 'waiting for a leader, through which the CORRUPT alarm is disarmed', 500)
  // Safety: a majority of all voters was just found to have the same data, and none of those that answered has other data.
  return step('DataCorrupt', `disarming etcd's CORRUPT alarm, which refuses all writes: ${evidence}`, {
    do: 'DisarmCorrupt',
    member: leader.name,
    id: leader.id,
    entries: cleared,
  })
}

/**
 * Waits for voters that the alarm names and that give no hash, so that nothing is known of their data. A failed member is replaced
 * instead, and its alarm is disarmed after that.
 */
export function awaitNamed(view: ClusterView): Decision | undefined {
  const named = corruptAlarms(view)
  const vote = voteOfNow(view)
  const failed = failedMembers(view).map(({ member }) => member.id)
  if (vote?.verdict !== 'agree' || named.every((id) => failed.includes(id))) return undefined
  const names = named.map((id) => listed(view).find((member) => member.id === id)?.name ?? id)
  return wait(
    'DataCorrupt',
    `etcd's CORRUPT alarm names ${names.join(', ')}, and etcd refuses every write until that data is compared or that member is replaced: ${[...vote.missing.values()].join('; ')}. All others agree: ${hashesInWords(view, vote)}. If the member can't come back, run etcdctl member remove ${named[0]}`,
    2000,
    { member: names[0] ?? '', next: 'DisarmCorrupt' },
  )
}
