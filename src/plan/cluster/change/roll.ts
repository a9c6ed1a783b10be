import { membersToExchange } from '../../../model/cluster/exchange.ts'
import { isOurs, listed } from '../../../model/cluster/members.ts'
import { revisionOf } from '../../../model/cluster/revision.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { changeInWords, specChanges } from '../../../objects/cluster/spec-changes.ts'
import { templateHash } from '../../../objects/cluster/stateful-set.ts'
import { block, type Decision, step } from '../step.ts'

/**
 * Reports a change for which the members would have to be restarted one by one; nothing of it is applied. The members' running pods
 * tell whether the change needs that, not the operator's own record of the change.
 */
export function roll(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  const { uid, value: set } = view.statefulSet
  const template = templateHash(view.cluster)
  if (set.template === template) return undefined
  const changes = specChanges(view)
  // Safety: with OnDelete nothing is restarted, and a pod that is re-created runs what the others run.
  if (
    changes.length === 0 ||
    isRunByAll(
      view,
      changes.map(({ field }) => field),
    )
  )
    return step('SpecTakenUp', 'all members run what the spec asks for', { do: 'UpdateTemplate', uid, template })
  return block(
    'RollNotSupportedYet',
    `${changes.map(changeInWords).join('; ')}. This version of the operator cannot restart members one by one, and applies nothing of it${heldUp(view)}: set the ${changes.length === 1 ? 'field' : 'fields'} back, or create a new EtcdCluster`,
  )
}

/** Whether all pods already run what the spec asks for: somebody edited the StatefulSet, recreated the pods and then set the spec. */
function isRunByAll(view: ClusterView, fields: readonly string[]): boolean {
  if (!fields.every((field) => field === 'spec.version' || field === 'spec.image')) return false
  const revisions = view.pods.map(({ name }) => revisionOf(view, name))
  return revisions.length > 0 && revisions.every(({ runs, desired }) => runs.image === desired.image && runs.settings === desired.settings)
}

/** Says that a change of spec.size or an exchange is held up as well; otherwise a person would wait for it. */
function heldUp(view: ClusterView): string {
  const members = listed(view).filter(isOurs).length
  const { size } = view.cluster.spec
  if (membersToExchange(view).length > 0) return ', nor of spec.repair.replaceMembers'
  return members === size ? '' : `, nor of spec.size, which asks for ${size} members where there are ${members}`
}
