/** An Event about an object of the operator's own kinds (events.k8s.io/v1), as JSON. */
export interface EventDraft {
  readonly metadata: { readonly generateName: string; readonly namespace: string }
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
  readonly regarding: object
}
