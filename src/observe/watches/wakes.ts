import {
  CONFIG_MAP,
  type ConfigMap,
  ETCD_BACKUP,
  ETCD_BACKUP_SCHEDULE,
  ETCD_CLUSTER,
  ETCD_RESTORE,
  ETCD_USER,
  JOB,
  type Job,
  NETWORK_POLICY,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  POD_DISRUPTION_BUDGET,
  type Pod,
  SERVICE,
  STATEFUL_SET,
} from '../../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../adapters/kube/object.ts'
import type { EtcdBackup, EtcdBackupSchedule, EtcdRestore } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { label } from '../../api/labels.ts'
import { isSame } from '../../model/is-same.ts'
import { slimConfigMap, slimJob, slimOwned, slimPod } from './slim.ts'

export const controllerNames = ['cluster', 'backup', 'schedule', 'restore', 'user'] as const
export type ControllerName = (typeof controllerNames)[number]

/** A controller and the object, `namespace/name`, that it should look at. */
export interface Wake {
  readonly controller: ControllerName
  readonly key: string
}

/** A watched kind, and which controllers a change of one of its objects wakes. */
export interface Watched<T extends KubeObject> {
  readonly kind: ResourceKind<T>
  /** Which objects are watched; absent: all of the kind. */
  readonly labelSelector?: string
  /** The controller of this kind: a change of the status alone does not wake it, because it wrote the status itself. */
  readonly ownResource?: ControllerName
  readonly wakes: (object: T) => readonly Wake[]
  /** Its CRD may be missing, where it came after the first release and only the operator was upgraded: there are no objects of it then. */
  readonly isOptional?: true
  /** Key of the EtcdCluster that it belongs to. */
  readonly clusterOf: (object: T) => string | undefined
  /** The object without large fields that nobody reads from the caches. */
  readonly slim?: (object: T) => T
}

export const clusters: Watched<EtcdCluster> = {
  kind: ETCD_CLUSTER,
  ownResource: 'cluster',
  wakes: (cluster) => [
    { controller: 'cluster', key: keyOf(cluster) },
    // The EtcdRestore that created the EtcdCluster follows its status.
    ...labelled(cluster, label.restore, 'restore'),
  ],
  clusterOf: keyOf,
}

export const backups: Watched<EtcdBackup> = {
  kind: ETCD_BACKUP,
  ownResource: 'backup',
  wakes: (backup) => [
    { controller: 'backup', key: keyOf(backup) },
    { controller: 'cluster', key: beside(backup, backup.spec.cluster) },
    ...labelled(backup, label.schedule, 'schedule'),
  ],
  clusterOf: (backup) => beside(backup, backup.spec.cluster),
}

export const schedules: Watched<EtcdBackupSchedule> = {
  kind: ETCD_BACKUP_SCHEDULE,
  ownResource: 'schedule',
  wakes: (schedule) => [
    { controller: 'schedule', key: keyOf(schedule) },
    { controller: 'cluster', key: beside(schedule, schedule.spec.cluster) },
  ],
  clusterOf: (schedule) => beside(schedule, schedule.spec.cluster),
}

export const restores: Watched<EtcdRestore> = {
  kind: ETCD_RESTORE,
  ownResource: 'restore',
  wakes: (restore) => [{ controller: 'restore', key: keyOf(restore) }],
  clusterOf: (restore) => beside(restore, restore.spec.cluster),
}

export const users: Watched<EtcdUser> = {
  kind: ETCD_USER,
  isOptional: true,
  ownResource: 'user',
  wakes: (user) => [
    { controller: 'user', key: keyOf(user) },
    // Authentication is switched on once all users are there.
    { controller: 'cluster', key: beside(user, user.spec.cluster) },
  ],
  clusterOf: (user) => beside(user, user.spec.cluster),
}

/** The Jobs of the agent; each works for one object, by its label. */
export const jobs: Watched<Job> = {
  kind: JOB,
  labelSelector: label.agent,
  wakes: (job) => [
    ...labelled(job, label.cluster, 'cluster'),
    ...labelled(job, label.backup, 'backup'),
    ...labelled(job, label.restore, 'restore'),
  ],
  clusterOf: clusterByLabel,
  slim: slimJob,
}

/** The ConfigMaps with the members' configs. */
export const configMaps: Watched<ConfigMap> = { ...owned(CONFIG_MAP), slim: slimConfigMap }

/** The pods of the members and of Jobs. */
export const pods: Watched<Pod> = { ...owned(POD), slim: slimPod }

/** The other objects of a cluster: everything that carries its label. */
export const ownedKinds = [STATEFUL_SET, PERSISTENT_VOLUME_CLAIM, SERVICE, POD_DISRUPTION_BUDGET, NETWORK_POLICY] as const

export function owned<T extends KubeObject>(kind: ResourceKind<T>): Watched<T> {
  return {
    kind,
    labelSelector: label.cluster,
    wakes: (object) => labelled(object, label.cluster, 'cluster'),
    clusterOf: clusterByLabel,
    slim: slimOwned,
  }
}

/** The controllers and objects that a change concerns, by the object before or after it. */
export function wakesOf<T extends KubeObject>(watched: Watched<T>, object: T | undefined, old: T | undefined): readonly Wake[] {
  const both = [object, old].flatMap((one) => (one === undefined ? [] : watched.wakes(one)))
  const seen = new Map(both.map((wake) => [`${wake.controller} ${wake.key}`, wake]))
  const own = object !== undefined && old !== undefined && isStatusOnly(object, old) ? watched.ownResource : undefined
  return [...seen.values()].filter(({ controller }) => controller !== own)
}

/**
 * The operator itself writes the status of its resources: a pass for such a change could write the status again, without end. People
 * write annotations, for example an approval.
 */
function isStatusOnly({ metadata: now }: KubeObject, { metadata: before }: KubeObject): boolean {
  if (now.uid !== before.uid || now.generation !== before.generation || now.deletionTimestamp !== before.deletionTimestamp) return false
  return isSame(now.annotations, before.annotations)
}

/** `namespace/name`. */
export function keyOf(object: KubeObject): string {
  return beside(object, object.metadata.name)
}

/** The key of another object in the same namespace. */
function beside(object: KubeObject, name: string): string {
  return `${object.metadata.namespace ?? ''}/${name}`
}

function labelled(object: KubeObject, name: string, controller: ControllerName): readonly Wake[] {
  const value = object.metadata.labels?.[name]
  return value === undefined ? [] : [{ controller, key: beside(object, value) }]
}

function clusterByLabel(object: KubeObject): string | undefined {
  return labelled(object, label.cluster, 'cluster')[0]?.key
}
