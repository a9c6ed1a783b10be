import { ETCD_USER } from '../../adapters/kube/kinds.ts'
import { userFinalizer } from '../../api/labels.ts'
import { unreachable } from '../../model/known.ts'
import type { UserStep } from '../../plan/user/step.ts'
import { changeUser } from './change-user.ts'
import type { UserContext } from './context.ts'
import { noteInStatus } from './note-in-status.ts'
import { writeSecret } from './write-secret.ts'

/** Carries out one step; a second try changes nothing more. */
export async function performUser(context: UserContext, step: UserStep): Promise<void> {
  const { kube, live, view, signal } = context
  const { namespace, name, uid, resourceVersion, finalizers = [] } = view.user.metadata
  switch (step.do) {
    case 'AddFinalizer': {
      const metadata = { uid, resourceVersion, finalizers: [...finalizers, userFinalizer] }
      await kube.patch(ETCD_USER, { namespace, name }, { metadata }, signal)
      return
    }
    case 'RemoveFinalizer': {
      const metadata = { uid, resourceVersion, finalizers: finalizers.filter((one) => one !== userFinalizer) }
      // Removing the last finalizer may delete the object: a cache that took the written object afterwards might keep it for ever.
      await live.patch(ETCD_USER, { namespace, name }, { metadata }, signal)
      return
    }
    case 'ClaimUser': {
      const { clusterUID, user } = step
      // What was noted of a user in an earlier cluster of that name is not so here.
      await noteInStatus(context, { claim: { clusterUID, user }, passwordVersion: null })
      return
    }
    case 'NotePassword':
      await noteInStatus(context, { passwordVersion: step.passwordVersion })
      return
    case 'WriteSecret':
      return writeSecret(context, step)
    case 'ChangeUser':
      return changeUser(context, step)
    default:
      unreachable(step)
  }
}
