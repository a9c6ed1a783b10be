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
  /** Where a watch goes on from. */
  readonly resourceVersion: string
}

export interface Paging {
  readonly pageSize: number
  /** At most this many objects in all. */
  readonly limit: number | undefined
}

const maxRestarts = 3
/** Memory that one page may take while it is parsed; heavier ones are asked for in smaller pieces, down to a single object. */
const maxPageWeight = 24 * 2 ** 20

/** Reads a collection page by page, all of it as of one moment; begins anew when the server forgot that moment in between. */
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
    if (!Array.isArray(page.items) || !isRecord(page.metadata)) throw new Failure('bug', `${action}: the answer is no list`)
    for (const item of page.items) items.push(acceptObject(kind, action, item))
    next = typeof page.metadata.continue === 'string' && page.metadata.continue !== '' ? page.metadata.continue : undefined
    if (next === undefined || items.length >= limit) return { items, resourceVersion: String(page.metadata.resourceVersion) }
  }
}
