import { userFinalizer } from '../../api/labels.ts'
import type { UserView } from '../../model/user/view.ts'
import { step, type UserDecision } from './step.ts'

export function keepFinalizer({ user }: UserView): UserDecision | undefined {
  if (user.metadata.finalizers?.includes(userFinalizer)) return undefined
  return step('UserUpdated', `adding the finalizer ${userFinalizer}, so that the user is deleted from etcd with the EtcdUser`, {
    do: 'AddFinalizer',
  })
}
