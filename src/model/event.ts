/** What the operator says of an object of its own kinds. */
export interface EventDraft {
  readonly object: {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
  }
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}
