import type { Etcd } from '../../adapters/etcd/calls.ts'
import { ETCD_USER, type Pod } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import { userFinalizer } from '../../api/labels.ts'
import { unreachable } from '../../model/known.ts'
import type { UserView } from '../../model/user/view.ts'
import type { UserStep } from '../../plan/user/step.ts'
import { changeUser } from './change-user.ts'
import { noteInStatus } from './note-in-status.ts'
import { writeSecret } from './write-secret.ts'

export interface UserContext {
  /** The API server; the caches take the written objects at once. */
  readonly kube: Kube
  /** The API server, without telling the caches: no cache keeps a Secret. */
  readonly live: Kube
  readonly etcd: Etcd
  /** The live view from which the step was planned: its uids and resourceVersions are the preconditions. */
  readonly view: UserView
  /** The pods of the cluster's members. */
  readonly pods: readonly Pod[]
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number
  readonly signal: AbortSignal
  /** Called for each write to etcd that was taken. */
  readonly wrote: () => void
}

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
