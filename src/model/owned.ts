/** An object under one of the names that a custom resource needs: whose it is. */
export type Owned<T> =
  | { readonly state: 'absent' }
  /** Ours: it carries the UID of this very resource. `isOrphan`: in a label alone, because its owner reference was lost. */
  | {
      readonly state: 'ours'
      readonly uid: string
      readonly resourceVersion: string
      readonly deleting: boolean
      readonly isOrphan?: true
      readonly value: T
    }
  /** Created by the operator for an earlier resource of this name; the garbage collector is about to delete it. */
  | { readonly state: 'earlier'; readonly uid: string }
  /** Created by somebody else; `of` is the EtcdCluster that the object belongs to, if any. */
  | { readonly state: 'foreign'; readonly uid: string; readonly of?: string }
