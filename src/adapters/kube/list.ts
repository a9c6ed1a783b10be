import { isRecord } from '../../model/record.ts'
import { Failure } from '../failure.ts'
import type { KubeObject, ResourceKind } from './object.ts'
import { pathOf, queryOf } from './path.ts'
import { acceptObject, bodyOf } from './reply.ts'
import { actionOf, type Call, type Transport } from './transport.ts'

/** Which objects of a kind; all namespaces when none is named. */
export interface Where {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
}

export interface ObjectList<T> {
  readonly items: readonly T[]
  /** The resourceVersion from which a watch continues. */
  readonly resourceVersion: string
}

export interface Paging {
  readonly pageSize: number
  /** At most this many objects in all. */
  readonly limit: number | undefined
}

const maxRestarts = 3
/** Memory that one page may take once it is parsed; a heavier page is asked for again with fewer objects, down to a single one. */
const maxPageWeight = 24 * 2 ** 20

/** Reads a collection page by page, all pages at one resourceVersion; starts again when that version has expired in between (410). */
export async function listAll<T extends KubeObject>(
  transport: Transport,
  kind: ResourceKind<T>,
  where: Where,
  paging: Paging,
  signal: AbortSignal,
): Promise<ObjectList<T>> {
  for (let starts = 1; ; starts++) {
    const list = await listOnce(transport, kind, where, paging, signal)
    if (list !== 'expired') return list
    if (starts > maxRestarts) throw new Failure('unavailable', `listing ${kind.plural}: pages expire faster than they can be read`)
  }
}

async function listOnce<T extends KubeObject>(
  transport: Transport,
  kind: ResourceKind<T>,
  where: Where,
  { pageSize, limit = Number.POSITIVE_INFINITY }: Paging,
  signal: AbortSignal,
): Promise<ObjectList<T> | 'expired'> {
  const { namespace, labelSelector, fieldSelector } = where
  const items: T[] = []
  let next: string | undefined
  let size = pageSize
  for (;;) {
    const query = queryOf({ labelSelector, fieldSelector, limit: String(Math.min(size, limit - items.length)), continue: next })
    const path = pathOf(kind, { namespace }) + query
    const call: Call = { verb: 'list', resource: kind.plural, method: 'GET', path, maxWeight: size > 1 ? maxPageWeight : undefined }
    const action = actionOf(call)
    const reply = await transport.send(call, signal)
    if (reply.isTooHeavy) {
      size = Math.ceil(size / 4)
      continue
    }
    size = Math.min(pageSize, size * 2)
    if (reply.status === 410 && next !== undefined) return 'expired'
    const page = bodyOf(action, reply)
    if (!Array.isArray(page.items) || !isRecord(page.metadata)) throw new Failure('bug', `${action}: the answer is not a list`)
    for (const item of page.items) items.push(acceptObject(kind, action, item))
    next = typeof page.metadata.continue === 'string' && page.metadata.continue !== '' ? page.metadata.continue : undefined
    if (next === undefined || items.length >= limit) return { items, resourceVersion: String(page.metadata.resourceVersion) }
  }
}
