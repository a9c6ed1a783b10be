import type { EtcdBackupObject } from './etcd-backup.generated.ts'
import type { EtcdBackupScheduleObject } from './etcd-backup-schedule.generated.ts'
import type { DeepReadonly, ResourceMeta } from './etcd-cluster.ts'
import type { EtcdRestoreObject } from './etcd-restore.generated.ts'

/** The kinds around backups, as the API server returns them: the schema's defaults are filled in. */

export interface EtcdBackup {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ResourceMeta
  readonly spec: WithVolume<DeepReadonly<EtcdBackupObject['spec']>>
  readonly status?: EtcdBackupStatus
}
export type EtcdBackupStatus = DeepReadonly<NonNullable<EtcdBackupObject['status']>>

export interface EtcdBackupSchedule {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ResourceMeta
  readonly spec: WithVolume<DeepReadonly<EtcdBackupScheduleObject['spec']>>
  readonly status?: EtcdBackupScheduleStatus
}
export type EtcdBackupScheduleStatus = DeepReadonly<NonNullable<EtcdBackupScheduleObject['status']>>

export interface EtcdRestore {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ResourceMeta
  readonly spec: DeepReadonly<EtcdRestoreObject['spec']>
  readonly status?: EtcdRestoreStatus
}
export type EtcdRestoreStatus = DeepReadonly<NonNullable<EtcdRestoreObject['status']>>
/** A rule of the schema demands exactly one storage, and there is one kind so far. */
type WithVolume<Spec extends { readonly storage: { readonly volume?: unknown } }> = Omit<Spec, 'storage'> & {
  readonly storage: { readonly volume: NonNullable<Spec['storage']['volume']> }
}

/** What to restore: an EtcdBackup, or a file without one. */
export type RestoreSource = EtcdRestore['spec']['source']
