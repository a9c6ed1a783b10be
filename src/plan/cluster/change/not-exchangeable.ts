import { learnersToExchange } from '../../../model/cluster/exchange.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** Only a voter is exchanged. An ID that etcd does not list is done, and a member that somebody else added is reported before this. */
export function notExchangeable(view: ClusterView): Decision | undefined {
  const [learner] = learnersToExchange(view)
  if (learner === undefined) return undefined
  return block(
    'InvalidSpec',
    `spec.repair.replaceMembers names ${learner.id}, which is the learner ${learner.name}: only a voter is exchanged. Take the ID out of the list, or wait until ${learner.name} has its vote`,
    { member: learner.name },
  )
}
