import { formatBytes } from '../quantity.ts'
import { rfc3339 } from '../rfc3339.ts'
import { keptHistory, msUntilAllIsOld } from './history.ts'
import { answerOf, byOrdinal, isOurs, voters } from './members.ts'
import { quotaOf, winOf } from './space.ts'
import type { Alarm, ClusterView, OurMember, ServingAnswer } from './view.ts'

/** Whether the NOSPACE alarm is raised: etcd refuses all writes until the alarm is disarmed, even when there is space again. */
export function isOutOfSpace(view: Pick<ClusterView, 'answers'>): boolean {
  return noSpaceAlarms(view).length > 0
}

/** The NOSPACE alarms, one for each member that raised it: every member that reaches the quota raises its own. */
function noSpaceAlarms({ answers }: Pick<ClusterView, 'answers'>): readonly Alarm[] {
  const all = [...answers.values()].flatMap((answer) => (answer.known && answer.value.serves ? answer.value.alarms : []))
  return all.filter(({ alarm, memberId }, index) => {
    return alarm === 'NOSPACE' && all.findIndex((other) => other.alarm === alarm && other.memberId === memberId) === index
  })
}

/** Below this share of the quota there is room to write: above it a few writes would raise the alarm again. */
const fullShare = 0.95

/** Whether so much of a member's database file is used up that writes would soon raise the alarm again. */
export function isFull(view: ClusterView, { dbBytes }: Pick<ServingAnswer, 'dbBytes'>): boolean {
  return dbBytes > quotaOf(view) * fullShare
}

/** Whether a defragmentation wins enough to be worth the time in which the member answers no client. */
export function winsRoom(view: ClusterView, answer: ServingAnswer): boolean {
  return winOf(answer) >= Math.max(2 ** 20, quotaOf(view) * (1 - fullShare))
}

/** The message for people, with figures and the way out. */
export function outOfSpace(view: ClusterView): string {
  const way =
    view.cluster.spec.maintenance.noSpace === 'Remediate'
      ? 'the operator frees what it can (spec.maintenance.noSpace is Remediate)'
      : 'set spec.maintenance.noSpace to Remediate; or delete keys, compact, defragment each member and disarm the alarm with etcdctl'
  return `${whatIsFull(view)}; ${way}`
}

/** The message for people where Remediate can free no more. `held`: why members that would win space are not defragmented. */
export function stillOutOfSpace(view: ClusterView, held: readonly string[]): string {
  if (held.length > 0) return `${whatIsFull(view)}. Not defragmented: ${held.join('; ')}`
  const untilMs = msUntilAllIsOld(view)
  const kept = keptHistory(view.cluster)
  const history = 'ms' in kept ? `the last ${kept.ms / 60_000} min` : `the last ${kept.revisions} revisions`
  const later = untilMs === undefined ? '' : `; what was written up to now is removed by the operator at ${rfc3339(view.now + untilMs)}`
  return `${whatIsFull(view)}. The keys themselves and their history of ${history} take this space: delete keys that nobody needs, and compact with etcdctl (the operator does the rest)${later}. If all keys are needed, raise spec.etcd.quotaBackendBytes: the members are restarted with it, one by one`
}

function whatIsFull(view: ClusterView): string {
  const names = noSpaceAlarms(view).map(({ memberId }) => voters(view).find(({ id }) => id === memberId)?.name ?? memberId)
  const sizes = voters(view)
    .filter(isOurs)
    .toSorted((a, b) => byOrdinal(view)(a.name, b.name))
    .map((member) => sizeInWords(view, member))
  return `the NOSPACE alarm is raised by ${names.toSorted().join(', ')}: etcd refuses writes at the quota of ${formatBytes(quotaOf(view))} (${sizes.join('; ')})`
}

function sizeInWords(view: ClusterView, { name }: OurMember): string {
  const answer = answerOf(view, name)
  if (answer === undefined) return `${name} does not answer`
  return `${name} has ${formatBytes(answer.dbBytes)}, ${formatBytes(answer.dbBytesInUse)} in use: a defragmentation would win ${formatBytes(winOf(answer))}`
}
