import type { Reason, WaitReason } from '../../api/reasons.ts'
import type { EtcdPermission } from '../../model/user/permission.ts'
import type { UserView } from '../../model/user/view.ts'
import type { Block, Steady, TakeStep, Wait } from '../decision.ts'

/** All that the controller of EtcdUsers does to the world. Each step can be repeated and can be interrupted anywhere. */
export type UserStep =
  | { readonly do: 'AddFinalizer' }
  /** The object goes with it: what it had in etcd is deleted, or has nobody to delete it from. */
  | { readonly do: 'RemoveFinalizer' }
  /** Notes in the status that the user in etcd is this EtcdUser's. */
  | { readonly do: 'ClaimUser'; readonly clusterUID: string; readonly user: string }
  /** Writes the Secret; `uid` is the one that is there. A new certificate has a new key. */
  | {
      readonly do: 'WriteSecret'
      readonly uid: string | undefined
      readonly certificate: 'issue' | 'keep' | 'none'
      readonly password: PasswordEntry
      /** Which password is copied. */
      readonly copies?: string
    }
  /** Writes to etcd, in this order, what differs from the spec; then notes which password is set. */
  | { readonly do: 'ChangeUser'; readonly writes: readonly UserWrite[]; readonly passwordVersion: string | undefined }
  /** Notes in the status that etcd has the password of that version, which etcd itself said. */
  | { readonly do: 'NotePassword'; readonly passwordVersion: string }

/** What the Secret's key `password` is to hold. `copy`: what the Secret of the spec holds. */
export type PasswordEntry = 'generate' | 'keep' | 'copy' | 'none'

/** A write about the user or its role; the password is read where the step is carried out. Each raises the auth revision. */
export type UserWrite =
  | { readonly do: 'AddUser'; readonly user: string }
  | { readonly do: 'ChangePassword'; readonly user: string }
  | { readonly do: 'DeleteUser'; readonly user: string }
  | { readonly do: 'GrantRole'; readonly user: string; readonly role: string }
  | { readonly do: 'RevokeRole'; readonly user: string; readonly role: string }
  | { readonly do: 'AddRole'; readonly role: string }
  | { readonly do: 'DeleteRole'; readonly role: string }
  | { readonly do: 'GrantPermission'; readonly role: string; readonly permission: EtcdPermission }
  | { readonly do: 'RevokePermission'; readonly role: string; readonly key: string; readonly rangeEnd: string }

/** What a pass over an EtcdUser decided. */
export type UserDecision = TakeStep<UserStep> | Wait | Block | Steady
export type StepDecision = TakeStep<UserStep>

/** One concern of the plan; undefined: not my concern. */
export type UserRule = (view: UserView) => UserDecision | undefined

export function step(reason: Reason, message: string, what: UserStep): StepDecision {
  return { kind: 'step', step: what, reason, message }
}

export function wait(reason: WaitReason, message: string, recheckMs: number): Wait {
  return { kind: 'wait', reason, message, recheckMs }
}

export function block(reason: Reason, message: string): Block {
  return { kind: 'block', reason, message }
}
