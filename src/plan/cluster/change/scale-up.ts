import { learners } from '../../../model/cluster/members.ts'
import { absentNames, joiningNames, missingNames } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { backOff, join } from '../join.ts'
import type { Decision } from '../step.ts'

/** Adds members that the spec asks for as learners; `promoteLearner` makes them voters on a later pass. */
export function scaleUp(view: ClusterView): Decision | undefined {
  if (absentNames(view).length === 0) return undefined
  const names = joiningNames(view)
  const [next] = names
  if (next === undefined) return missingNames(view).length === 0 && learners(view).length === 0 ? backOff(view) : undefined
  return join(view, names, next)
}
