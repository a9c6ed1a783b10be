import type { UserView } from '../../model/user/view.ts'
import { firstDecision } from '../decision.ts'
import { awaitCluster, clusterMissing } from './await-cluster.ts'
import { changeUser } from './change-user.ts'
import { claimUser, userTaken } from './claim-user.ts'
import { deleteUser } from './delete-user.ts'
import { keepFinalizer } from './keep-finalizer.ts'
import { letGo } from './let-go.ts'
import { passwordMissing } from './password-missing.ts'
import type { UserDecision, UserRule } from './step.ts'
import { timeTravel } from './time-travel.ts'
import { secretTaken, writeSecret } from './write-secret.ts'

/**
 * An EtcdUser, from its creation to a user that etcd has, and a Secret to connect with:
 *
 *   the name is free -> finalizer -> claimed -> Secret -> user, role and permissions in etcd
 *
 * The order is the policy: the first rule that has something to say decides. All of it is seen in the world, so a crash anywhere is an
 * ordinary start.
 */
export const rules: readonly UserRule[] = [
  timeTravel, // an outdated spec neither grants nor revokes anything, nor deletes
  letGo, // nothing is left in etcd to delete, or etcd goes with it: no finalizer holds up a cluster or a namespace
  deleteUser, // nothing is made for what is being deleted
  clusterMissing,
  userTaken, // two EtcdUsers for one user would undo each other's work
  secretTaken, // a Secret that the operator did not create is not touched
  awaitCluster, // etcd says whether the name is free, and nothing is made before that
  passwordMissing, // before the user is made: it would get another password
  keepFinalizer, // before anything is made that it has to delete
  claimUser, // before the certificate: with the name of somebody else's user it would be that user
  writeSecret, // before etcd: the password that etcd gets stands in it
  changeUser,
]

export function planUser(view: UserView): UserDecision {
  return firstDecision(rules, view) ?? { kind: 'steady' }
}
