import type { KubeObject, ResourceKind } from '../adapters/kube/object.ts'
import type { Kube } from '../adapters/kube.ts'
import type { ResourceMeta } from '../api/etcd-cluster.ts'
import { isSame } from '../model/is-same.ts'
import { mergePatchTo } from '../model/merge-patch.ts'

/** A custom resource of the operator's own kinds. */
type Resource = KubeObject & { readonly metadata: ResourceMeta; readonly status?: object }

/**
 * Writes the status of a custom resource by compare-and-swap: a status that another writer has changed in between is not overwritten
 * (`conflict`). Fields that the new status lacks are removed. Returns undefined, and writes nothing, when the status is the same.
 */
export async function publishStatus<T extends Resource>(
  kube: Kube,
  kind: ResourceKind<T>,
  object: T,
  status: object,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (isSame(object.status, status)) return undefined
  const { uid, resourceVersion } = object.metadata
  const patch = { metadata: { uid, resourceVersion }, status: mergePatchTo(object.status, status) }
  return kube.patch(kind, object.metadata, patch, signal, { subresource: 'status' })
}
