/** A fact that was read, or why it could not be. "Not known" is never the same as "empty" or "absent". */
export type Known<T> = { readonly known: true; readonly value: T } | Unknown

export function known<T>(value: T): Known<T> {
  return { known: true, value }
}

export interface Unknown {
  readonly known: false
  /** In words for people. */
  readonly why: string
  /**
   * A cause that rules tell apart.
   * - `forbidden`  the other side has answered, and refuses for lack of a user or a right
   * - `untrusted`  the two sides of TLS don't accept each other's certificates
   */
  readonly cause?: 'forbidden' | 'untrusted'
}

export function unknown(why: string, cause?: Unknown['cause']): Unknown {
  return cause === undefined ? { known: false, why } : { known: false, why, cause }
}

/** Ends an exhaustive switch: the compiler refuses it while a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
