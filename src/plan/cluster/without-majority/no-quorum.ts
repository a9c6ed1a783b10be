import { foreignInWords } from '../../../model/cluster/foreign-answers.ts'
import { pinnedClusterId } from '../../../model/cluster/identity.ts'
import { missingMajority } from '../../../model/cluster/majority.ts'
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
      `a majority (${[...view.answers.keys()].join(', ')}) answers as cluster ${view.membership.value.clusterId}, but ${pinned} is pinned: their volumes are not those of this cluster. Put back the volumes that belong to them, and delete their pods; the operator changes nothing meanwhile`,
    )
  }
  if (view.foreignAnswers.size > 0) {
    return block(
      'ClusterIdMismatch',
      `no majority of cluster ${pinned} answers: ${foreignInWords(view)}. Put back the volumes that belong to these members, and delete their pods; nothing is changed meanwhile`,
    )
  }
  const missing = missingMajority(view)
  if (missing === undefined) return undefined
  return missing.needsPerson ? block(missing.reason, missing.message) : wait(missing.reason, missing.message, 1000)
}
