import type { OwnerReference } from '../../api/owner-reference.ts'

/** The shapes that every Kubernetes object has, as raw JSON: timestamps are RFC 3339 strings. */

/** The metadata that the operator may write. */
export interface DraftMeta {
  readonly name?: string | undefined
  readonly generateName?: string | undefined
  readonly namespace?: string | undefined
  /** A precondition: the server refuses the write with `conflict` when the stored object has another uid. */
  readonly uid?: string | undefined
  /** A precondition, like `uid`. */
  readonly resourceVersion?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly ownerReferences?: readonly OwnerReference[] | undefined
  readonly finalizers?: readonly string[] | undefined
}

/** The metadata of an object that exists. `managedFields` are left out: they are large and nobody reads them. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  /** Counts changes of the spec; kinds without a status subresource may lack it. */
  readonly generation?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly creationTimestamp: string
  /** Set while the object waits for its grace period or its finalizers. */
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
}

export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
}

/** An object that is to be created, without the fields that only the server sets. */
export type Draft<T extends KubeObject> = Omit<T, 'metadata' | 'status'> & { readonly metadata: DraftMeta }

/** A kind of object and where its collection lives. `_type` only carries the type. */
export interface ResourceKind<T extends KubeObject> {
  /** `v1` or `group/version`. */
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly clusterScoped?: true
  readonly _type?: T
}

export interface ObjectRef {
  /** Required unless the kind is cluster-scoped. */
  readonly namespace?: string | undefined
  readonly name: string
}
