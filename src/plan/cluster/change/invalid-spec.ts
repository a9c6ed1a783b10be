import { specProblems } from '../../../model/cluster/spec-problems.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { checkExtraArgs } from '../../../objects/etcd-config/extra-args.ts'
import { block, type Decision } from '../step.ts'

/** Everything in the spec that can't be; empty when it is sound. */
export function allSpecProblems(view: ClusterView): readonly string[] {
  const { spec } = view.cluster
  return [...specProblems(view.cluster), ...checkExtraArgs(spec.version, spec.etcd.extraArgs)]
}

/** An impossible spec blocks only what the spec asks for: what runs is looked after all the same. */
export function invalidSpec(view: ClusterView): Decision | undefined {
  const problems = allSpecProblems(view)
  return problems.length > 0 ? block('InvalidSpec', problems.join('; ')) : undefined
}
