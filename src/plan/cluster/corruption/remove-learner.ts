import { removalOf } from '../../../model/cluster/approval.ts'
import type { OurMember } from '../../../model/cluster/view.ts'
import { type Decision, step } from '../step.ts'

/** Removes a learner whose data may be wrong. Its data can't be compared, because a learner gives no hash; it copies the data once more. */
export function removeLearner(learner: Pick<OurMember, 'name' | 'id'>, why: string): Decision {
  // Safety: a learner carries no vote.
  return step('DataCorrupt', `${why}; it is a learner, so it is removed and joins again`, removalOf(learner))
}
