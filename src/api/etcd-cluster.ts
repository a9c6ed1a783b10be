import type { EtcdClusterObject } from './etcd-cluster.generated.ts'

export const apiVersion = 'etcd-operator.dev/v1alpha1'

/** Every type of the API is read-only here: what the operator wants to change goes out as a request of its own. */
export type DeepReadonly<T> = T extends (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

/** The part of Kubernetes' ObjectMeta that the operator reads. */
export interface ResourceMeta {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
}

/** An EtcdCluster as the API server returns it: the schema's defaults are filled in. */
export interface EtcdCluster {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ResourceMeta
  readonly spec: EtcdClusterSpec
  readonly status?: EtcdClusterStatus
}

export type EtcdClusterSpec = DeepReadonly<EtcdClusterObject['spec']>
export type EtcdClusterStatus = DeepReadonly<NonNullable<EtcdClusterObject['status']>>
export type MemberStatus = NonNullable<EtcdClusterStatus['memberStatus']>[number]
export type NextStep = NonNullable<EtcdClusterStatus['nextStep']>
export type Condition = NonNullable<EtcdClusterStatus['conditions']>[number]
/** How TLS is spoken: of a cluster as its spec asks for it, and of one member as its process listens. */
export type TlsMode = NonNullable<MemberStatus['profile']>
/** What was frozen before the first member started. */
export type Bootstrap = NonNullable<EtcdClusterStatus['bootstrap']>
/** The verified backup that a restored cluster begins with. */
export type RestoredFrom = NonNullable<Bootstrap['restore']>
