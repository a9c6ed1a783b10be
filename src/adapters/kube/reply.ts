import { addedDefaults } from '../../api/etcd-cluster-defaults.generated.ts'
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

/** The body of a successful reply. @throws Failure for every other reply, and for a body that is not a JSON object */
export function bodyOf(action: string, reply: Reply): Readonly<Record<string, unknown>> {
  if (reply.status >= 300) throw failureFromReply(action, reply)
  let body: unknown
  try {
    body = JSON.parse(reply.text)
  } catch (error) {
    throw new Failure('bug', `${action}: the answer is not valid JSON: ${reply.text.slice(0, 80)}`, { cause: error })
  }
  if (!isRecord(body)) throw new Failure('bug', `${action}: the answer is not an object: ${reply.text.slice(0, 80)}`)
  return body
}

/**
 * Accepts the server's JSON as an object of the kind: fills in apiVersion and kind (the items of a list lack them), leaves out large
 * fields that nobody reads (`managedFields`, and the annotation in which `kubectl apply` keeps a copy of the object), and puts
 * `oversized` in place of a field of unlimited size, so that one object can't take all the memory. Parts of a spec that the server's CRD
 * does not know, because it is older than the operator, get their defaults here: nothing behind this line asks whether they are there.
 */
export function acceptObject<T extends KubeObject>(kind: ResourceKind<T>, action: string, value: unknown): T {
  if (!isRecord(value) || !isRecord(value.metadata) || typeof value.metadata.name !== 'string') {
    throw new Failure('bug', `${action}: the answer is not an object of kind ${kind.kind}`)
  }
  const { managedFields: _, ...rest } = value.metadata
  const metadata = isRecord(rest.annotations) ? { ...rest, annotations: withoutCopy(rest.annotations) } : rest
  const spec = isRecord(value.spec) ? { ...addedFields[kind.kind], ...bounded(value.spec, unboundedFields[kind.kind] ?? []) } : value.spec
  // The server validated it against the schema that the type was made from; nothing here could check it better.
  return { ...value, ...(spec === undefined ? {} : { spec }), apiVersion: kind.apiVersion, kind: kind.kind, metadata } as unknown as T
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

function withoutCopy(annotations: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!(lastApplied in annotations)) return annotations
  const { [lastApplied]: _, ...others } = annotations
  return others
}

/** The parts of a spec that came after the first release, as a server with the present CRD would fill them in. */
const addedFields: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { EtcdCluster: addedDefaults }

/** Paths of the fields of a spec that may hold JSON of any form and size. */
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
