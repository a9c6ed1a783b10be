import type { V1Namespace, V1Node, V1PersistentVolume } from '@kubernetes/client-node'
import type { Json } from '../../src/adapters/kube/kinds.ts'
import type { ObjectMeta, ResourceKind } from '../../src/adapters/kube/object.ts'

/** Kinds that the tests read and write, and the operator doesn't. */
type ClusterScoped<T> = Json<Omit<T, 'metadata'>> & { readonly metadata: ObjectMeta }

export const NODE: ResourceKind<ClusterScoped<V1Node>> = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', clusterScoped: true }

export const NAMESPACE: ResourceKind<ClusterScoped<V1Namespace>> = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  clusterScoped: true,
}

export const PERSISTENT_VOLUME: ResourceKind<ClusterScoped<V1PersistentVolume>> = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  clusterScoped: true,
}
