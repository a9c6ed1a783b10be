import { learners } from '../../../model/cluster/members.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { namesToRejoin, rejoiningNames } from '../../../model/cluster/replacement.ts'
import { learnersAllowed } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { backOff, join } from '../join.ts'
import type { Decision } from '../step.ts'

/**
 * The name of a removed member joins again on a new volume: the second half of a replacement, or of a removal by hand. Neither an
 * invalid spec nor a change that is not applied holds it up. Names whose pods can start join first.
 */
export function rejoin(view: ClusterView): Decision | undefined {
  if (rejoiningNames(view).length === 0) return undefined
  const allowed = Math.max(0, learnersAllowed(view) - learners(view).length)
  const names = namesToRejoin(view)
    .toSorted((a, b) => Number(cannotStart(view, a)) - Number(cannotStart(view, b)))
    .slice(0, allowed)
  const [next] = names
  if (next !== undefined) return join(view, names, next)
  return namesToRejoin(view).length === 0 && learners(view).length === 0 ? backOff(view) : undefined
}

function cannotStart(view: ClusterView, name: string): boolean {
  return podTrouble(view, name) !== undefined
}
