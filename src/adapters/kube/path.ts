import type { KubeObject, ResourceKind } from './object.ts'

/** The path of a collection, or of one object in it. Without a namespace: the collection of all namespaces. */
export function pathOf(kind: ResourceKind<KubeObject>, ref: { namespace?: string | undefined; name?: string | undefined }): string {
  const root = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`
  const namespace = kind.clusterScoped || !ref.namespace ? '' : `/namespaces/${encodeURIComponent(ref.namespace)}`
  const name = ref.name === undefined ? '' : `/${encodeURIComponent(ref.name)}`
  return `${root}${namespace}/${kind.plural}${name}`
}

/** `?a=1&b=2` of what is set. */
export function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value)
  return query.size === 0 ? '' : `?${query}`
}

/** Whether an object can have this name: it has to be one part of a path (apimachinery, IsValidPathSegmentName). */
export function isObjectName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name)
}
