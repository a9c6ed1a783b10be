import { isDryRun } from '../../model/cluster/dry-run.ts'
import type { UserView } from '../../model/user/view.ts'
import type { Block } from '../decision.ts'
import { block } from './step.ts'

/** Of a cluster that a person has paused, or looks at in a dry run, the users are left alone as well. */
export function heldByPerson({ cluster }: Pick<UserView, 'cluster'>): Block | undefined {
  if (cluster === undefined) return undefined
  const { name } = cluster.metadata
  if (cluster.spec.paused)
    return block('Paused', `spec.paused of EtcdCluster ${name} is true: nothing but the status is written; set it to false to go on`)
  if (isDryRun(cluster))
    return block('DryRun', `EtcdCluster ${name} is in a dry run: nothing but the status is written; remove the annotation to go on`)
  return undefined
}
