import type { ClusterView } from '../../model/cluster/view.ts'
import { awaitMembers } from './await-members.ts'
import { scaleDown } from './change/scale-down.ts'
import { addWaiting, scaleUp } from './change/scale-up.ts'
import { growVolumes, invalidWish, rollOutdated, unknownMember } from './change/wishes.ts'
import { settle } from './finish/settle.ts'
import { deleting, foreignObjects, paused } from './people/people-first.ts'
import { promoteLearner } from './repair/promote-learner.ts'
import { replaceFailed } from './repair/replace-failed.ts'
import type { Decision, Rule } from './step.ts'
import { bootstrap } from './without-majority/bootstrap.ts'
import { noQuorum } from './without-majority/no-quorum.ts'
import { recreateObjects } from './without-majority/recreate-objects.ts'
import { replaceNonParticipating } from './without-majority/replace-idle-pods.ts'

/** The order is the policy: the first rule that has something to say decides. Each line says why it stands there. */
export const rules: readonly Rule[] = [
  paused, // people first: while paused nothing is written, whatever the world looks like
  deleting, // nothing is built for what is going away
  foreignObjects, // nor on what belongs to somebody else
  replaceNonParticipating, // safe without a majority, and the way out of a bad spec
  bootstrap, // only while no cluster ID was ever pinned: never again after
  recreateObjects, // without pods no majority can come back
  noQuorum, // from here on a majority answers, or membership, volumes and running members are not touched
  addWaiting, // its pod waits in vain until it is listed
  settle, // finish what was begun before anything new
  promoteLearner, // restore redundancy ...
  replaceFailed, // ... before spending it
  invalidWish, // wishes last; an invalid one blocks only the wishes
  rollOutdated,
  unknownMember, // sizes are counted in members that are known
  scaleUp,
  scaleDown,
  growVolumes, // can't be taken back, so nothing else waits for it
  awaitMembers, // nothing is left to do but to see that everything that was begun has ended
]

export function planCluster(view: ClusterView): Decision {
  for (const rule of rules) {
    const decision = rule(view)
    if (decision !== undefined) return decision
  }
  return { kind: 'steady' }
}
