import { defragmentationInWords, defragmentingMember, loneDefragmentingMember } from '../../../model/cluster/defragmenting.ts'
import { longStepDeadlineMs } from '../../../model/cluster/long-steps.ts'
import { answerOf } from '../../../model/cluster/members.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { type ClusterWait, type Decision, wait } from '../step.ts'

/**
 * While a member is being defragmented nothing is begun that would disturb it or spend redundancy: no member is added, promoted, removed
 * or replaced, and no other member is defragmented. Whoever began it, and whether or not that operator lives: the member itself tells.
 */
export function awaitLongStep(view: ClusterView): Decision | undefined {
  const { longStep } = view.memory
  if (longStep?.do === 'Compact')
    return wait('FreeingSpace', `${longStep.member} removes old revisions from its database`, 1000, {
      member: longStep.member,
      patienceMs: longStep.deadlineMs,
    })
  const name = defragmentingMember(view)
  return name === undefined ? undefined : defragmenting(view, name)
}

/** Of the only member: it is the majority, and can't give the list meanwhile. */
export function awaitLoneDefragmentation(view: ClusterView): Decision | undefined {
  const name = loneDefragmentingMember(view)
  return name === undefined ? undefined : defragmenting(view, name)
}

function defragmenting(view: ClusterView, name: string): ClusterWait {
  const way = `Nothing else is begun until that has ended; if it doesn't end, look at the disk below ${name}, then delete pod ${name}: etcd starts again on the database as it was`
  const bytes = answerOf(view, name)?.dbBytes ?? view.memory.longStep?.bytesBefore ?? 0
  return wait('Defragmenting', `${defragmentationInWords(view, name)}. ${way}`, 1000, {
    member: name,
    patienceMs: longStepDeadlineMs(bytes),
  })
}
