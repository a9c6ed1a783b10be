import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { parseQuantity } from '../quantity.ts'
import type { StorageWish } from './view.ts'

/** What spec.storage asks of each volume; undefined while its size isn't a quantity. */
export function storageWish({ spec }: EtcdCluster): StorageWish | undefined {
  const bytes = parseQuantity(spec.storage.size)
  return bytes === undefined ? undefined : { bytes, className: spec.storage.className }
}

/** As a claim is marked with it: `size=8Gi,class=fast`. */
export function formatStorageWish({ spec }: EtcdCluster): string {
  return `size=${spec.storage.size},class=${spec.storage.className}`
}

/** Undefined for a text that `formatStorageWish` did not make. */
export function parseStorageWish(text: string | undefined): StorageWish | undefined {
  const match = /^size=([^,]+),class=([^,]*)$/.exec(text ?? '')
  const bytes = parseQuantity(match?.[1] ?? '')
  return match === null || bytes === undefined ? undefined : { bytes, className: match[2] ?? '' }
}
