import { Failure } from './failure.ts'
import type { ReadAccess } from './kube/access.ts'
import { chooseAccess } from './kube/choose-access.ts'
import { failureFromReply, saysNotFound } from './kube/failures.ts'
import { LEASE } from './kube/kinds.ts'
import { listAll, type ObjectList, type Where } from './kube/list.ts'
import type { Draft, DraftMeta, KubeObject, ObjectRef, ResourceKind } from './kube/object.ts'
import { isObjectName, pathOf, queryOf } from './kube/path.ts'
import { type RawApi, rawApi } from './kube/raw.ts'
import { acceptObject, objectOf } from './kube/reply.ts'
import { actionOf, type Call, openTransport, type TransportOptions } from './kube/transport.ts'
import { readWatch, type WatchEvent } from './kube/watch-stream.ts'

/** Null removes a field. */
export type MergePatch = {
  readonly metadata?: Pick<DraftMeta, 'uid' | 'resourceVersion' | 'ownerReferences' | 'finalizers'> & {
    readonly labels?: Readonly<Record<string, string | null>> | undefined
    readonly annotations?: Readonly<Record<string, string | null>> | undefined
  }
  readonly [field: string]: unknown
}

/**
 * The Kubernetes API as raw JSON: fields that the operator does not know are kept. Every call has a deadline, ends with `signal`,
 * and rejects with a Failure whose message holds the server's words. Writes are never repeated here: after `unavailable` or
 * `timeout` they may or may not have been carried out, so read again and decide again.
 */
export interface Kube {
  /** Reads from a quorum, never from a cache. Undefined when the server says that the object isn't there. */
  get<T extends KubeObject>(kind: ResourceKind<T>, ref: ObjectRef, signal: AbortSignal): Promise<T | undefined>
  /** Reads from a quorum, page by page; with `limit` at most that many. Items carry apiVersion and kind. */
  list<T extends KubeObject>(
    kind: ResourceKind<T>,
    where: Where & { readonly limit?: number | undefined },
    signal: AbortSignal,
  ): Promise<ObjectList<T>>
  /**
   * POST; `conflict` when the name is taken. A dry run says what would happen: quotas, admission, defaults. `strict`: fields that
   * the kind doesn't know are refused instead of being dropped.
   */
  create<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: Draft<T>,
    signal: AbortSignal,
    options?: { readonly dryRun?: boolean; readonly strict?: boolean },
  ): Promise<T>
  /**
   * Server-side apply by the field manager; creates what isn't there, unless `metadata.uid` is given.
   * `conflict`: another manager owns a field and `force` is not set, or a precondition (`metadata.uid`, `resourceVersion`) failed.
   * On a status only `resourceVersion` is one.
   */
  apply<T extends KubeObject, Wanted extends { readonly metadata: DraftMeta }>(
    kind: ResourceKind<T>,
    object: Wanted,
    signal: AbortSignal,
    options?: { readonly force?: boolean; readonly subresource?: 'status'; readonly dryRun?: boolean },
  ): Promise<T>
  /** JSON merge patch; `metadata.uid` and `metadata.resourceVersion` inside it are preconditions (`conflict`); on a status only the latter. */
  patch<T extends KubeObject>(
    kind: ResourceKind<T>,
    ref: ObjectRef,
    mergePatch: MergePatch,
    signal: AbortSignal,
    options?: { readonly subresource?: 'status' },
  ): Promise<T>
  /** Resolves when the server accepted the deletion, or has no such object. `conflict`: the object has another uid or version. */
  delete<T extends KubeObject>(
    kind: ResourceKind<T>,
    ref: ObjectRef,
    preconditions: { readonly uid: string; readonly resourceVersion?: string | undefined },
    signal: AbortSignal,
    options?: { readonly gracePeriodSeconds?: number; readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground' },
  ): Promise<void>
  /** Changes after `resourceVersion`. Ends when the server ends it (after 5 to 10 minutes) or `signal` is aborted: watch again from the last version. */
  watch<T extends KubeObject>(
    kind: ResourceKind<T>,
    where: Where,
    resourceVersion: string,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>
}

export interface KubeOptions {
  /** Path of a kubeconfig; otherwise $KUBECONFIG, the pod's service account, ~/.kube/config, in this order. */
  readonly kubeconfig?: string | undefined
  /** The credentials, in the place of those that `kubeconfig` and `env` lead to. */
  readonly access?: ReadAccess | undefined
  /** Who owns what is written. Default: `etcd-operator`. */
  readonly fieldManager?: string | undefined
  /** The environment variables, for $KUBECONFIG and the address of the API server in a pod; default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly userAgent: string
  /** Deadline of a call with its retries. Default 10 s. */
  readonly requestTimeoutMs?: number | undefined
  /** Rate limit of all calls but those for the Lease. Default 50 per second, 100 at once. */
  readonly callsPerSecond?: number | undefined
  readonly burst?: number | undefined
  /** Objects per page of a list. Default 500. */
  readonly pageSize?: number | undefined
  /** How long the server is asked to keep a watch open: at least half of this, at most all. Default 10 min. */
  readonly watchSeconds?: number | undefined
  /** Called for each request that was sent; `status` is undefined where no answer arrived. For metrics; must not throw. */
  readonly onRequest?: TransportOptions['onRequest']
}

const operatorAsManager = 'etcd-operator'
/**
 * The server ends a watch after this time and sends a bookmark shortly before, so that the version of a watch without events never
 * becomes too old for the server. Each watch gets a random time between half of this and all of it, as in client-go.
 */
const defaultWatchSeconds = 600

/** @throws Error when no credentials are found; no connection is made yet */
export function connectKube(options: KubeOptions): Kube & { close(): Promise<void>; readonly raw: RawApi } {
  const { watchSeconds = defaultWatchSeconds, fieldManager = operatorAsManager } = options
  const transport = openTransport({
    access: options.access ?? chooseAccess(options.kubeconfig, options.env),
    userAgent: options.userAgent,
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    callsPerSecond: options.callsPerSecond ?? 50,
    burst: options.burst ?? 100,
    onRequest: options.onRequest,
  })

  async function write<T extends KubeObject>(kind: ResourceKind<T>, call: Omit<Call, 'resource'>, signal: AbortSignal): Promise<T> {
    return objectOf(kind, actionOf(call), await transport.send({ ...call, resource: kind.plural, urgent: isUrgent(kind) }, signal))
  }

  return {
    async get(kind, ref, signal) {
      // A person wrote this name: in a path it would address another resource, or the whole collection.
      if (!isObjectName(ref.name)) return undefined
      const call: Call = { verb: 'get', resource: kind.plural, method: 'GET', path: pathOf(kind, ref), urgent: isUrgent(kind) }
      const reply = await transport.send(call, signal)
      return saysNotFound(reply) ? undefined : objectOf(kind, actionOf(call), reply)
    },

    list: (kind, where, signal) => listAll(transport, kind, where, { pageSize: options.pageSize ?? 500, limit: where.limit }, signal),

    create(kind, object, signal, { dryRun, strict } = {}) {
      const query = queryOf({ fieldManager, dryRun: dryRun ? 'All' : undefined, fieldValidation: strict ? 'Strict' : undefined })
      const path = pathOf(kind, { namespace: object.metadata.namespace }) + query
      return write(kind, { verb: 'create', method: 'POST', path, body: named(kind, object) }, signal)
    },

    async apply(kind, object, signal, { force, subresource, dryRun } = {}) {
      const query = queryOf({ fieldManager, force: force ? 'true' : undefined, dryRun: dryRun ? 'All' : undefined })
      const path = pathOf(kind, refOf(kind, object.metadata)) + below(subresource, object.metadata) + query
      // The body is JSON, which is valid YAML.
      return write(
        kind,
        { verb: 'apply', method: 'PATCH', path, contentType: 'application/apply-patch+yaml', body: named(kind, object) },
        signal,
      )
    },

    async patch(kind, ref, mergePatch, signal, { subresource } = {}) {
      const path = pathOf(kind, ref) + below(subresource, mergePatch.metadata) + queryOf({ fieldManager })
      return write(kind, { verb: 'patch', method: 'PATCH', path, contentType: 'application/merge-patch+json', body: mergePatch }, signal)
    },

    async delete(kind, ref, preconditions, signal, options = {}) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, ...options }
      const call: Call = { verb: 'delete', resource: kind.plural, method: 'DELETE', path: pathOf(kind, ref), body }
      const reply = await transport.send(call, signal)
      if (reply.status >= 300 && !saysNotFound(reply)) throw failureFromReply(actionOf(call), reply)
    },

    async *watch(kind, { namespace, labelSelector, fieldSelector }, resourceVersion, signal) {
      const timeoutSeconds = String(Math.round(watchSeconds * (1 - Math.random() / 2)))
      const query = { labelSelector, fieldSelector, watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds }
      const call: Call = { verb: 'watch', resource: kind.plural, method: 'GET', path: pathOf(kind, { namespace }) + queryOf(query) }
      try {
        const stream = await transport.stream(call, signal)
        if (!('status' in stream)) yield* readWatch(actionOf(call), stream, (object) => acceptObject(kind, actionOf(call), object))
        else if (stream.status === 410) yield { type: 'expired' }
        else throw failureFromReply(actionOf(call), stream)
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },

    raw: rawApi(transport),

    close: () => transport.close(),
  }
}

function isUrgent(kind: ResourceKind<KubeObject>): boolean {
  return kind.plural === LEASE.plural
}

/** Adds apiVersion and kind, which the builders of objects may leave out. */
function named(kind: ResourceKind<KubeObject>, object: object): object {
  return { apiVersion: kind.apiVersion, kind: kind.kind, ...object }
}

function refOf(kind: ResourceKind<KubeObject>, metadata: DraftMeta): ObjectRef {
  const { namespace, name } = metadata
  if (!name || (!namespace && !kind.clusterScoped)) throw new Failure('bug', `applying a ${kind.kind} without a name or namespace`)
  return { namespace, name }
}

/** The server ignores a uid in a write to the status: with the uid alone as precondition, a write could hit another object's status. */
function below(subresource: string | undefined, preconditions: Pick<DraftMeta, 'uid' | 'resourceVersion'> | undefined): string {
  if (subresource === undefined) return ''
  if (preconditions?.uid && !preconditions.resourceVersion) throw new Failure('bug', 'a status is guarded by resourceVersion, not by uid')
  return `/${subresource}`
}
