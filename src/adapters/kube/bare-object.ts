import type { KubeObject } from './object.ts'

/** What says which object it is, and how new, with these labels alone: no spec, no status, no owner. */
export function bareObject<T extends KubeObject>({ apiVersion, kind, metadata }: T, labels: Readonly<Record<string, string>>): T {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = metadata
  const kept = { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, labels }
  // The API server may leave out every other field as well.
  return { apiVersion, kind, metadata: kept } as unknown as T
}
