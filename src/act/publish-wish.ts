import type { KubeObject, ResourceKind } from '../adapters/kube/object.ts'
import type { Kube } from '../adapters/kube.ts'
import type { ResourceMeta } from '../api/etcd-cluster.ts'
import { shortHash } from '../model/hash.ts'
import { mergePatchTo } from '../model/merge-patch.ts'

/** A wish with a status, as the kinds around backups are. */
type Wish = KubeObject & { readonly metadata: ResourceMeta; readonly status?: object }

/**
 * Writes the status of a wish by compare-and-swap: whoever has written in between is not overwritten (`conflict`). What the
 * new status lacks is removed. Undefined: nothing differs.
 */
export async function publishWish<T extends Wish>(
  kube: Kube,
  kind: ResourceKind<T>,
  wish: T,
  status: object,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (shortHash(wish.status) === shortHash(status)) return undefined
  const { uid, resourceVersion } = wish.metadata
  const patch = { metadata: { uid, resourceVersion }, status: mergePatchTo(wish.status, status) }
  return kube.patch(kind, wish.metadata, patch, signal, { subresource: 'status' })
}
