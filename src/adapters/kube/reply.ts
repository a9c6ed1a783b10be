import { isRecord } from '../../model/record.ts'
import { Failure } from '../failure.ts'
import { failureFromReply, type Reply } from './failures.ts'
import type { KubeObject, ResourceKind } from './object.ts'

/** The body of a successful reply as an object of this kind. */
export function objectOf<T extends KubeObject>(kind: ResourceKind<T>, action: string, reply: Reply): T {
  return acceptObject(kind, action, bodyOf(action, reply))
}

/** The body of a successful reply. @throws Failure for every other reply, and for a body that is no JSON object */
export function bodyOf(action: string, reply: Reply): Readonly<Record<string, unknown>> {
  if (reply.status >= 300) throw failureFromReply(action, reply)
  let body: unknown
  try {
    body = JSON.parse(reply.text)
  } catch (error) {
    throw new Failure('bug', `${action}: the answer is no JSON: ${reply.text.slice(0, 80)}`, { cause: error })
  }
  if (!isRecord(body)) throw new Failure('bug', `${action}: the answer is no object: ${reply.text.slice(0, 80)}`)
  return body
}

/**
 * Takes what the server sent for an object of the kind, with apiVersion and kind filled in (a list's items lack them)
 * and without `managedFields`, which would be half of the memory of every cache.
 */
export function acceptObject<T extends KubeObject>(kind: ResourceKind<T>, action: string, value: unknown): T {
  if (!isRecord(value) || !isRecord(value.metadata) || typeof value.metadata.name !== 'string') {
    throw new Failure('bug', `${action}: the answer is no ${kind.kind}`)
  }
  const { managedFields: _, ...metadata } = value.metadata
  // The server validated it against the schema that the type was made from; nothing here could check it better.
  return { ...value, apiVersion: kind.apiVersion, kind: kind.kind, metadata } as unknown as T
}
