import { etcdctlAsRoot } from '../../../model/cluster/etcdctl.ts'
import { isOurs, listed } from '../../../model/cluster/members.ts'
import type { ClusterView, Member } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'
import { guardStarted } from './guard-started.ts'
import { keepPods } from './keep-pods.ts'

/**
 * A member that somebody added with etcdctl is never removed, and nothing changes the membership beside it: spec.size can't be compared
 * with such a list, the member counts for the majority, and a joining member whose list lacks it exits. What keeps the other members
 * running goes on.
 */
export function unknownMember(view: ClusterView): Decision | undefined {
  const stranger = listed(view).find((member) => !isOurs(member))
  if (stranger === undefined) return undefined
  return guardStarted(view) ?? keepPods(view) ?? block('UnknownMember', inWords(view, stranger))
}

function inWords(view: ClusterView, { id, peerUrl, published, isLearner }: Member): string {
  const what = `etcd lists ${isLearner ? 'learner' : 'member'} ${id} (${peerUrl}), which the operator did not add`
  const votes = isLearner ? '' : ', and it counts for the majority'
  const state = published
    ? `. It has started${votes}`
    : `. It has never started${votes}; as long as it is listed and does not start, no other member can join`
  return `${what}${state}. The operator does not remove it, and adds, removes and replaces no member beside it: run ${etcdctlAsRoot(view, `member remove ${id}`)}, and the operator goes on`
}
