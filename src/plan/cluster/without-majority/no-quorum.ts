import { foreignInWords } from '../../../model/cluster/foreign-answers.ts'
import { pinnedClusterId } from '../../../model/cluster/identity.ts'
import { answerOf, configOf, podOf } from '../../../model/cluster/members.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision, wait } from '../step.ts'

/**
 * Without a majority nothing is done that could make it worse: no change of the membership, no volume is deleted, no
 * process that takes part is ended. Most such states end by themselves (a restart, a node that comes back).
 */
export function noQuorum(view: ClusterView): Decision | undefined {
  const pinned = pinnedClusterId(view)
  if (view.membership.known) {
    if (view.membership.value.clusterId === pinned) return undefined
    return block(
      'ClusterIdMismatch',
      `the members answer as cluster ${view.membership.value.clusterId}, but ${pinned} is pinned; their volumes are not those of this cluster`,
    )
  }
  if (view.foreignAnswers.size > 0) {
    return block(
      'ClusterIdMismatch',
      `no majority of cluster ${pinned} answers: ${foreignInWords(view)}. Put back the volumes that belong to these members, and delete their pods; nothing is changed meanwhile`,
    )
  }
  const names = view.config.state === 'ours' ? [...view.config.value.members.keys()].filter((name) => hasPart(view, name)).toSorted() : []
  const silent = names.filter((name) => answerOf(view, name) === undefined)
  const troubles = silent.flatMap((name) => podTrouble(view, name) ?? [])
  const lost = troubles.filter(({ reason }) => reason === 'VolumeLost')
  if (lost.length * 2 > names.length || (lost.length > 0 && lost.length === silent.length)) {
    return block(
      'QuorumLost',
      `no majority can come back by itself: ${lost.map(({ message }) => message).join('; ')}. Nothing is deleted; restore a backup into a new EtcdCluster`,
    )
  }
  const why = troubles.length > 0 ? troubles.map(({ message }) => message).join('; ') : view.membership.why
  if (silent.length === names.length) return wait('NoContact', `no member answers: ${why}`, 1000)
  return wait('QuorumLost', `no majority answers; silent: ${silent.join(', ') || 'none'}: ${why}`, 1000)
}

/** Members that never started, and members that exited because they were removed, can't bring the majority back. */
function hasPart(view: ClusterView, name: string): boolean {
  return configOf(view, name)?.state !== 'joining' && podOf(view, name)?.lastExit?.cause !== 'removed'
}
