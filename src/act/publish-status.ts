import type { KubeObject, ResourceKind } from '../adapters/kube/object.ts'
import type { Kube } from '../adapters/kube.ts'
import type { ResourceMeta } from '../api/etcd-cluster.ts'
import { isSame } from '../model/is-same.ts'
import { mergePatchTo } from '../model/merge-patch.ts'

/** A custom resource of the operator's own kinds. */
type Resource = KubeObject & { readonly metadata: ResourceMeta; readonly status?: object }

/** What the server has taken without keeping it, by the object as it was read: losing it costs a write. */
const dropped = new WeakMap<object, object>()

/**
 * Writes the status of a custom resource by compare-and-swap: a status that another writer has changed in between is not overwritten
 * (`conflict`). Fields that the new status lacks are removed. Returns undefined, and writes nothing, when the status is the same,
 * or differs only in what the server has dropped before, because its CRD is older than the operator.
 */
export async function publishStatus<T extends Resource>(
  kube: Kube,
  kind: ResourceKind<T>,
  object: T,
  status: object,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (isSame(object.status, status) || isSame(dropped.get(object), status)) return undefined
  const { uid, resourceVersion } = object.metadata
  const patch = { metadata: { uid, resourceVersion }, status: mergePatchTo(object.status, status) }
  const written = await kube.patch(kind, object.metadata, patch, signal, { subresource: 'status' })
  // Kubernetes gives an object that stays as it was no new version.
  if (written.metadata.resourceVersion === resourceVersion) dropped.set(object, status)
  return written
}
