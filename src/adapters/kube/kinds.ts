import type {
  CoreV1Event,
  V1ConfigMap,
  V1Deployment,
  V1Job,
  V1Lease,
  V1NetworkPolicy,
  V1Node,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1StatefulSet,
  V1StorageClass,
} from '@kubernetes/client-node'
import type { EtcdBackup, EtcdBackupSchedule, EtcdRestore } from '../../api/backups.ts'
import { apiVersion, type EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import type { KubeObject, ObjectMeta, ResourceKind } from './object.ts'

/**
 * A model class of the client library as the JSON that goes over the wire: read-only, dates as strings, and the fields whose
 * names are reserved words (`_from`, `_continue`) under their real names.
 */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [Key in keyof T as Key extends `_${infer Name}` ? Name : Key]: Json<T[Key]> }
      : T

type Namespaced<T> = Json<Omit<T, 'metadata'>> & { readonly metadata: ObjectMeta & { readonly namespace: string } }
type ClusterScoped<T> = Json<Omit<T, 'metadata'>> & { readonly metadata: ObjectMeta }

export type Pod = Namespaced<V1Pod>
export type StatefulSet = Namespaced<V1StatefulSet>
export type Deployment = Namespaced<V1Deployment>
export type ConfigMap = Namespaced<V1ConfigMap>
export type Service = Namespaced<V1Service>
/** The values of `data` are base64. */
export type Secret = Namespaced<V1Secret>
export type PersistentVolumeClaim = Namespaced<V1PersistentVolumeClaim>
export type PodDisruptionBudget = Namespaced<V1PodDisruptionBudget>
export type NetworkPolicy = Namespaced<V1NetworkPolicy>
export type Job = Namespaced<V1Job>
export type Lease = Namespaced<V1Lease>
export type CoreEvent = Namespaced<CoreV1Event>
export type Node = ClusterScoped<V1Node>
export type StorageClass = ClusterScoped<V1StorageClass>

export const ETCD_CLUSTER: ResourceKind<EtcdCluster> = { apiVersion, kind: 'EtcdCluster', plural: 'etcdclusters' }
export const ETCD_BACKUP: ResourceKind<EtcdBackup> = { apiVersion, kind: 'EtcdBackup', plural: 'etcdbackups' }
export const ETCD_BACKUP_SCHEDULE: ResourceKind<EtcdBackupSchedule> = {
  apiVersion,
  kind: 'EtcdBackupSchedule',
  plural: 'etcdbackupschedules',
}
export const ETCD_RESTORE: ResourceKind<EtcdRestore> = { apiVersion, kind: 'EtcdRestore', plural: 'etcdrestores' }
export const ETCD_USER: ResourceKind<EtcdUser> = { apiVersion, kind: 'EtcdUser', plural: 'etcdusers' }
export const JOB: ResourceKind<Job> = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' }
export const POD: ResourceKind<Pod> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' }
export const STATEFUL_SET: ResourceKind<StatefulSet> = { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets' }
export const DEPLOYMENT: ResourceKind<Deployment> = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' }
export const CONFIG_MAP: ResourceKind<ConfigMap> = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' }
export const SERVICE: ResourceKind<Service> = { apiVersion: 'v1', kind: 'Service', plural: 'services' }
/** Got, created and patched, each by its name: the operator neither lists nor watches nor deletes Secrets. */
export const SECRET: ResourceKind<Secret> = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' }
/** A Certificate of cert-manager, whose kind may well not be installed. */
export interface IssuedCertificate extends KubeObject {
  readonly spec: object
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] }
}
export const CERTIFICATE: ResourceKind<IssuedCertificate> = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  plural: 'certificates',
}
export const PERSISTENT_VOLUME_CLAIM: ResourceKind<PersistentVolumeClaim> = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
}
export const POD_DISRUPTION_BUDGET: ResourceKind<PodDisruptionBudget> = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
}
export const NETWORK_POLICY: ResourceKind<NetworkPolicy> = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
}
export const LEASE: ResourceKind<Lease> = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' }
/** Events in the form that Kubernetes' own controllers write; only this form has settable first and last times. */
export const CORE_EVENT: ResourceKind<CoreEvent> = { apiVersion: 'v1', kind: 'Event', plural: 'events' }
export const NODE: ResourceKind<Node> = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', clusterScoped: true }
export const STORAGE_CLASS: ResourceKind<StorageClass> = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  clusterScoped: true,
}
/** The part of a CRD that the plugin reads. */
export interface CustomResourceDefinition extends KubeObject {
  readonly spec: { readonly versions: readonly { readonly name: string; readonly served: boolean }[] }
}
export const CUSTOM_RESOURCE_DEFINITION: ResourceKind<CustomResourceDefinition> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  clusterScoped: true,
}
