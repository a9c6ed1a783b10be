import type { DeepReadonly, ResourceMeta } from './etcd-cluster.ts'
import type { EtcdUserObject } from './etcd-user.generated.ts'

/** An EtcdUser as the API server returns it: the schema's defaults are filled in. */
export interface EtcdUser {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ResourceMeta
  readonly spec: EtcdUserSpec
  readonly status?: EtcdUserStatus
}
export type EtcdUserSpec = DeepReadonly<EtcdUserObject['spec']>
export type EtcdUserStatus = DeepReadonly<NonNullable<EtcdUserObject['status']>>
/** What an EtcdUser may read or write. */
export type Permission = EtcdUserSpec['permissions'][number]
