/** A PersistentVolumeClaim that holds backups. One that is being deleted takes no new pod. */
export type ClaimFacts =
  | { readonly state: 'absent' }
  | { readonly state: 'deleting' }
  /** `oneNode`: mounted by one node at a time; `node` is where a pod has it now. */
  | { readonly state: 'present'; readonly oneNode: boolean; readonly node: string | undefined }
