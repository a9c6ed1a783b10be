import { whyNotLowerQuota } from '../../../model/cluster/lower-quota.ts'
import { specProblems } from '../../../model/cluster/spec-problems.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { problemsOfArgs } from '../../../objects/etcd-config/args-of.ts'
import { block, type Decision } from '../step.ts'

/** Everything in the spec that the operator can't carry out; empty when the spec is valid. */
export function allSpecProblems(view: ClusterView): readonly string[] {
  const quota = whyNotLowerQuota(view)
  return [...lastingProblems(view), ...(quota === undefined ? [] : [quota])]
}

/** The same without what larger volumes may end. */
export function lastingProblems(view: ClusterView): readonly string[] {
  return [...specProblems(view.cluster), ...problemsOfArgs(view)]
}

/** An invalid spec blocks only the changes that it asks for: the running members are still looked after. */
export function invalidSpec(view: ClusterView): Decision | undefined {
  const problems = allSpecProblems(view)
  return problems.length > 0 ? block('InvalidSpec', problems.join('; ')) : undefined
}
