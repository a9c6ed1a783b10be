/**
 * How a remote call can fail. Adapters translate every library error into a `Failure`.
 *
 * - `not-found`    the object or member isn't there
 * - `conflict`     a precondition (resourceVersion, uid, already exists) did not hold: read again, then decide again
 * - `unavailable`  no answer about the request arrived: it may or may not have been carried out
 * - `timeout`      the deadline passed: it may or may not have been carried out
 * - `rejected`     the server understood and refused (invalid, failed precondition, exhausted quota)
 * - `forbidden`    credentials or rights are missing
 * - `untrusted`    the two sides of TLS don't accept each other, or the credentials for it are missing: no request was sent
 * - `bug`          a mistake of the operator: a malformed request, or an answer that it can't read
 */
export type FailureKind = 'not-found' | 'conflict' | 'unavailable' | 'timeout' | 'rejected' | 'forbidden' | 'untrusted' | 'bug'

export class Failure extends Error {
  override readonly name = 'Failure'
  readonly kind: FailureKind
  /** Milliseconds that the server asked to wait before the next try (Retry-After). */
  readonly retryAfterMs: number | undefined

  constructor(kind: FailureKind, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause })
    this.kind = kind
    this.retryAfterMs = options.retryAfterMs
  }
}

export function isFailure(error: unknown, kind?: FailureKind): error is Failure {
  return error instanceof Failure && (kind === undefined || error.kind === kind)
}
