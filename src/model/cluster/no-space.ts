import type { ClusterView } from './view.ts'

/** Whether the NOSPACE alarm is raised: etcd refuses all writes until it is taken back, even when there is room again. */
export function isOutOfSpace({ answers }: Pick<ClusterView, 'answers'>): boolean {
  return [...answers.values()].some(
    (answer) => answer.known && answer.value.serves && answer.value.alarms.some(({ alarm }) => alarm === 'NOSPACE'),
  )
}

/** For people: what is the matter, and the way out. */
export const outOfSpace =
  'the NOSPACE alarm is raised: etcd refuses writes; delete keys, compact, defragment each member and disarm the alarm with etcdctl'
