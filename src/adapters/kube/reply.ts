import { maxFieldBytes, oversized } from '../../model/oversized.ts'
import { isRecord } from '../../model/record.ts'
import { Failure } from '../failure.ts'
import { failureFromReply, type Reply } from './failures.ts'
import type { KubeObject, ResourceKind } from './object.ts'
import { isHeavier } from './weight.ts'

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
 * Takes what the server sent for an object of the kind, with apiVersion and kind filled in (a list's items lack them), without what is
 * large and nobody reads (`managedFields`, and the copy of the object that `kubectl apply` keeps in it), and with `oversized` in
 * place of a field that a user could fill without bound: one object must not take the memory of all.
 */
export function acceptObject<T extends KubeObject>(kind: ResourceKind<T>, action: string, value: unknown): T {
  if (!isRecord(value) || !isRecord(value.metadata) || typeof value.metadata.name !== 'string') {
    throw new Failure('bug', `${action}: the answer is no ${kind.kind}`)
  }
  const { managedFields: _, ...rest } = value.metadata
  const metadata = isRecord(rest.annotations) ? { ...rest, annotations: withoutCopy(rest.annotations) } : rest
  const spec = isRecord(value.spec) ? bounded(value.spec, unboundedFields[kind.kind] ?? []) : value.spec
  // The server validated it against the schema that the type was made from; nothing here could check it better.
  return { ...value, ...(spec === undefined ? {} : { spec }), apiVersion: kind.apiVersion, kind: kind.kind, metadata } as unknown as T
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

function withoutCopy(annotations: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!(lastApplied in annotations)) return annotations
  const { [lastApplied]: _, ...others } = annotations
  return others
}

/** Fields of a spec in which an API server may have stored anything, by their paths. */
const unboundedFields: Readonly<Record<string, readonly (readonly string[])[]>> = {
  EtcdRestore: [['clusterSpec']],
  EtcdCluster: [['pod', 'affinity'], ['tls'], ['auth']],
}

function bounded(spec: Readonly<Record<string, unknown>>, paths: readonly (readonly string[])[]): Readonly<Record<string, unknown>> {
  return paths.reduce((found, path) => withBound(found, path), spec)
}

function withBound(
  value: Readonly<Record<string, unknown>>,
  [field = '', ...deeper]: readonly string[],
): Readonly<Record<string, unknown>> {
  const inner = value[field]
  if (deeper.length > 0) return isRecord(inner) ? { ...value, [field]: withBound(inner, deeper) } : value
  return isHeavier(inner, maxFieldBytes) ? { ...value, [field]: oversized } : value
}
