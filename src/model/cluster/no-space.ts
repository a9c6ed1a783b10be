import type { ClusterView } from './view.ts'

/** Whether the NOSPACE alarm is raised: etcd refuses all writes until the alarm is disarmed, even when there is space again. */
export function isOutOfSpace({ answers }: Pick<ClusterView, 'answers'>): boolean {
  return [...answers.values()].some(
    (answer) => answer.known && answer.value.serves && answer.value.alarms.some(({ alarm }) => alarm === 'NOSPACE'),
  )
}

/** The message for people, with the way out. */
export const outOfSpace =
  'the NOSPACE alarm is raised: etcd refuses writes; delete keys, compact, defragment each member and disarm the alarm with etcdctl'
