import { defragmentingMember } from '../../../model/cluster/defragmenting.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { awaitDefragmentation } from '../defragment.ts'
import { type Decision, wait } from '../step.ts'

/**
 * While a member is being defragmented, or removes old revisions, nothing is begun that would disturb it or spend redundancy: no member is
 * added, promoted, removed or replaced, and no other member is defragmented. That a member is being defragmented is read from the member
 * itself, so it does not matter who has begun that.
 */
export function awaitLongStep(view: ClusterView): Decision | undefined {
  const { longStep } = view.memory
  if (longStep?.do === 'Compact')
    return wait('FreeingSpace', `${longStep.member} removes old revisions from its database`, 1000, {
      member: longStep.member,
      patienceMs: longStep.deadlineMs,
    })
  const name = defragmentingMember(view)
  return name === undefined ? undefined : awaitDefragmentation(view, name)
}
