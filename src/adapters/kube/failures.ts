import { Failure, type FailureKind, isFailure } from '../failure.ts'
import { DeadlinePassed } from './deadline.ts'

/** The API server's answer about a request (`kind: Status`); only the fields that the operator uses. */
export interface Status {
  readonly message?: string
  /** Machine-readable, CamelCase: AlreadyExists, Conflict, Invalid, NotFound, Expired, ... */
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly field?: string }[]
  }
}

export interface Reply {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly text: string
  /** The rest of the reply was not read because it would take more memory than allowed. */
  readonly isTooHeavy?: boolean
}

/** Turns a reply that is not a success into a Failure: the server's message and reason in the text, its Status as the cause. */
export function failureFromReply(action: string, reply: Reply): Failure {
  const status = readStatus(reply.text)
  const said = status?.message ?? reply.text.trim().slice(0, 200)
  const reason = status?.reason ? ` ${status.reason}` : ''
  const retryAfterMs = retryAfterOf(reply, status)
  return new Failure(kindOf(reply.status, said, status), `${action}: ${said || 'no message'} (${reply.status}${reason})`, {
    cause: status ?? reply.text.slice(0, 200),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/**
 * The server's message about an object that it will never accept as it is: a field is wrong, unknown or missing. Undefined for every
 * other failure: a quota or an admission plugin may accept the same object later.
 */
export function whatIsInvalid(error: unknown): string | undefined {
  if (!isFailure(error, 'rejected') || typeof error.cause !== 'object') return undefined
  const { reason, message }: Status = error.cause ?? {}
  return reason === 'Invalid' || reason === 'BadRequest' ? (message ?? error.message) : undefined
}

/** Turns an error of the HTTP client into a Failure. */
export function failureFromError(action: string, error: unknown): Failure {
  if (isFailure(error)) return error
  const { name, message, code } = describe(error)
  const isDeadline = error instanceof DeadlinePassed || name === 'TimeoutError' || name === 'AbortError'
  return new Failure(isDeadline ? 'timeout' : 'unavailable', `${action}: ${message}${code ? ` (${code})` : ''}`, { cause: error })
}

/**
 * True when the server itself says that the object doesn't exist. Any other 404 (of a resource that is not served because its CRD is
 * missing, or of a proxy) says nothing about the object and must not look like its absence.
 */
export function saysNotFound(reply: Reply): boolean {
  if (reply.status !== 404) return false
  const status = readStatus(reply.text)
  return status?.reason === 'NotFound' && status.details?.name !== undefined
}

function readStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text)
    // An object of kind Status has the fields of a Status; each field may be missing.
    return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status' ? (value as Status) : undefined
  } catch {
    return undefined
  }
}

function kindOf(code: number, message: string, status: Status | undefined): FailureKind {
  // If the object was recreated, the server refuses a patch or apply with the earlier uid as an attempt to change the uid.
  if (status?.details?.causes?.some((cause) => cause.field === 'metadata.uid')) return 'conflict'
  switch (code) {
    case 401:
      return 'forbidden'
    case 403:
      // Quotas, Pod Security and other admission answer 403 too; only the authorizer names the user and the verb.
      return /\bUser ".*" cannot /.test(message) || message === '' ? 'forbidden' : 'rejected'
    case 404:
      return 'not-found'
    case 409:
      return 'conflict'
    case 408:
    case 504:
      return 'timeout'
    case 400:
    case 413:
    case 422:
      return 'rejected'
    case 410:
    case 429:
      return 'unavailable'
    default:
      return code >= 500 ? 'unavailable' : 'bug'
  }
}

function retryAfterOf(reply: Reply, status: Status | undefined): number | undefined {
  const seconds = reply.retryAfter === undefined ? status?.details?.retryAfterSeconds : Number(reply.retryAfter)
  if (seconds === undefined) return undefined
  if (Number.isFinite(seconds)) return seconds * 1000
  const untilMs = Date.parse(reply.retryAfter ?? '') - Date.now()
  return Number.isFinite(untilMs) ? Math.max(0, untilMs) : undefined
}

function describe(error: unknown): { name: string; message: string; code: string | undefined } {
  if (!(error instanceof Error)) return { name: '', message: String(error), code: undefined }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  // A failed connection to several addresses arrives as an AggregateError without a message of its own.
  const first = error instanceof AggregateError ? error.errors[0] : undefined
  return { name: error.name, message: error.message || (first instanceof Error ? first.message : error.name), code }
}
