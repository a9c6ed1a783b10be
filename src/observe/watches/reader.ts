import type { KubeObject, ResourceKind } from '../../adapters/kube/object.ts'
import type { Kube } from '../../adapters/kube.ts'
import { label } from '../../api/labels.ts'

/** Reads objects from the watch caches (cheap, a little late) or from the API server (before a dangerous step). */
export interface ObjectReader {
  get<T extends KubeObject>(kind: ResourceKind<T>, namespace: string, name: string, signal: AbortSignal): Promise<T | undefined>
  /** The objects that carry the label of this cluster. */
  ofCluster<T extends KubeObject>(kind: ResourceKind<T>, namespace: string, cluster: string, signal: AbortSignal): Promise<readonly T[]>
}

/** Quorum reads. */
export function liveReader(kube: Kube): ObjectReader {
  return {
    get: (kind, namespace, name, signal) => kube.get(kind, { namespace, name }, signal),
    async ofCluster(kind, namespace, cluster, signal) {
      const { items } = await kube.list(kind, { namespace, labelSelector: `${label.cluster}=${cluster}` }, signal)
      return items
    },
  }
}
