/** The operator's own image, which its Jobs run as well. */
export interface AgentImage {
  readonly name: string
  readonly pullPolicy: string
  /** imagePullSecrets of the operator's own pod: the namespaces where Jobs run need Secrets of the same names. */
  readonly pullSecrets: readonly { readonly name?: string }[]
}
