import { annotation } from '../../../api/labels.ts'
import { isDryRun } from '../../../model/cluster/dry-run.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** A person looks at the plan first: `status.plan` has it, and nothing but the status is written until the annotation is gone. */
export function dryRun(view: ClusterView): Decision | undefined {
  if (!isDryRun(view.cluster)) return undefined
  const { name } = view.cluster.metadata
  return block(
    'DryRun',
    `the annotation ${annotation.dryRun} is "true": status.plan lists the steps that would be taken, and none is, not even a repair; to go on: kubectl annotate etcdcluster ${name} ${annotation.dryRun}-`,
  )
}
