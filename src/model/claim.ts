/** A PersistentVolumeClaim that holds backups. Kubernetes schedules no new pod that mounts a claim being deleted. */
export type ClaimFacts =
  | { readonly state: 'absent' }
  | { readonly state: 'deleting' }
  /** volumeMode Block: it has no file system, and a pod that mounts it never starts. */
  | { readonly state: 'block' }
  /** `oneNode`: mounted by one node at a time; `node` is where a pod has it now. `memberOf`: the EtcdCluster whose member's data it holds. */
  | { readonly state: 'present'; readonly oneNode: boolean; readonly node: string | undefined; readonly memberOf?: string }

export function blockClaim(name: string): string {
  return `PersistentVolumeClaim ${name} has volumeMode Block, and backups are files: a claim with volumeMode Filesystem is needed`
}
