import { apiVersion, type EtcdCluster } from '../api/etcd-cluster.ts'
import { label, manager, recommended } from '../api/labels.ts'
import type { OwnerReference } from '../api/owner-reference.ts'

/** An object as it is sent to the API server: JSON, with as much as the operator wants to say about it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly OwnerReference[]
  }
  readonly [field: string]: unknown
}

/** Labels of everything but volumes: ours to select by, the recommended ones for people and dashboards. */
export function ownedLabels(cluster: EtcdCluster): Readonly<Record<string, string>> {
  return {
    [label.cluster]: cluster.metadata.name,
    [recommended.name]: 'etcd',
    [recommended.instance]: cluster.metadata.name,
    [recommended.component]: 'member',
    [recommended.partOf]: cluster.metadata.name,
    [recommended.managedBy]: manager,
  }
}

/** Metadata of an object that is deleted with its EtcdCluster: Kubernetes' garbage collector deletes it by the owner's UID. */
export function ownedMetadata(cluster: EtcdCluster, name: string, annotations?: Readonly<Record<string, string>>): Manifest['metadata'] {
  return {
    name,
    namespace: cluster.metadata.namespace,
    labels: ownedLabels(cluster),
    ...(annotations ? { annotations } : {}),
    ownerReferences: [ownerReference(cluster)],
  }
}

export function ownerReference(cluster: EtcdCluster): OwnerReference {
  const { name, uid } = cluster.metadata
  return { apiVersion, kind: 'EtcdCluster', name, uid, controller: true, blockOwnerDeletion: true }
}
