import { annotation } from '../../api/labels.ts'
import { mayReplace } from '../../model/cluster/approval.ts'
import { leavingMembers } from '../../model/cluster/scaling.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import type { TakeStep } from '../decision.ts'
import { block, type ClusterBlock, type Rule, type Step, stepId } from './step.ts'

/**
 * Makes the removals of a rule that replaces members wait for an approval, where spec.repair.automatic is false. What a removal began is
 * finished without another approval: the removed name joins again. A member that the spec doesn't ask for is not replaced: it leaves.
 */
export function withApproval(rule: Rule): Rule {
  return (view) => {
    const decision = rule(view)
    if (decision?.kind !== 'step' || decision.step.do !== 'RemoveMember') return decision
    const { id } = decision.step
    return leavingMembers(view).some((leaving) => leaving.id === id) ? decision : (awaitApproval(view, decision) ?? decision)
  }
}

/** Blocks a step that lacks its approval. The ID depends on the step and its member, so that an approval of another step doesn't count. */
export function awaitApproval(view: ClusterView, { step, message }: TakeStep<Step>): ClusterBlock | undefined {
  const id = stepId(step)
  if (mayReplace(view.cluster, id)) return undefined
  const { name } = view.cluster.metadata
  const member = 'member' in step && step.member !== undefined ? { member: step.member } : {}
  return block(
    'ApprovalNeeded',
    `${message}. spec.repair.automatic is false, so this step waits for an approval: kubectl annotate etcdcluster ${name} ${annotation.approve}=${id} --overwrite`,
    { ...member, step },
  )
}
