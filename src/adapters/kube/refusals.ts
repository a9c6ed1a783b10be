import { isFailure } from '../failure.ts'
import type { Status } from './failures.ts'

/** What the authorizer of the API server refused, and to whom. */
export interface Forbidden {
  readonly user: string
  readonly verb: string
  /** `pods`, `etcdclusters.etcd-operator.dev`, `pods/exec`. */
  readonly resource: string
  /** Undefined: in the whole cluster. */
  readonly namespace: string | undefined
}

/** Undefined for every other failure, and where the API server doesn't say it in the words of Kubernetes' own authorizers. */
export function whatIsForbidden(error: unknown): Forbidden | undefined {
  if (!isFailure(error, 'forbidden')) return undefined
  const said = /User "(.*?)" cannot (\S+) resource "(.*?)" in API group "(.*?)"(?: in the namespace "(.*?)")?/.exec(error.message)
  if (said === null) return undefined
  const [, user = '', verb = '', plural = '', group = '', namespace] = said
  const [resource = '', ...sub] = plural.split('/')
  return { user, verb, resource: [group ? `${resource}.${group}` : resource, ...sub].join('/'), namespace }
}

/** Whether the API server doesn't know who asks: no credentials, expired ones, or those of another cluster. */
export function isUnauthenticated(error: unknown): boolean {
  return isFailure(error, 'forbidden') && statusOf(error.cause)?.code === 401
}

/** Whether the API server doesn't serve the kind at all: its CRD isn't installed. */
export function isKindMissing(error: unknown): boolean {
  return isFailure(error, 'not-found') && statusOf(error.cause)?.details?.name === undefined
}

/** Whether the connection to the API server failed because of its certificate, or because it doesn't speak TLS. */
export function isTlsTrouble(error: unknown): boolean {
  if (!isFailure(error, 'unavailable') || !(error.cause instanceof Error)) return false
  const { cause } = error
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)
}

function statusOf(cause: unknown): Status | undefined {
  return typeof cause === 'object' && cause !== null ? cause : undefined
}
