import { isFailure } from '../../adapters/failure.ts'
import { type Job, POD, type Pod } from '../../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../adapters/kube/object.ts'
import type { WatchEvent } from '../../adapters/kube/watch-stream.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdBackup, EtcdBackupSchedule, EtcdRestore } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { label } from '../../api/labels.ts'
import { endpointKey, endpointOf } from '../../model/names.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { type Reflector, startReflector } from '../../runtime/reflector.ts'
import type { ObjectReader } from './reader.ts'
import { type Scope, Scopes } from './scopes.ts'
import {
  backups,
  clusters,
  configMaps,
  controllerNames,
  jobs,
  keyOf,
  owned,
  ownedKinds,
  pods,
  restores,
  schedules,
  users,
  type Wake,
  type Watched,
  wakesOf,
} from './wakes.ts'

/** The objects of one kind, as the watches saw them last. */
export interface CachedKind<T> {
  get(namespace: string, name: string): T | undefined
  list(namespace: string): readonly T[]
  /** The objects of every watched namespace. */
  all(): readonly T[]
  /** The objects that name this EtcdCluster, or carry its label. */
  ofCluster(namespace: string, cluster: string): readonly T[]
}

export interface Caches {
  readonly clusters: CachedKind<EtcdCluster>
  readonly backups: CachedKind<EtcdBackup>
  readonly schedules: CachedKind<EtcdBackupSchedule>
  readonly restores: CachedKind<EtcdRestore>
  readonly users: CachedKind<EtcdUser>
  /** The Jobs of the agent. */
  readonly jobs: CachedKind<Job>
  /** Reads from the caches; an object that a cache doesn't have is read live, because it may exist without the operator's label. */
  readonly reader: ObjectReader
  /** The client, except that the caches take the objects that it wrote at once. */
  readonly kube: Kube
  /** Endpoints of the members whose pods are in the cache; named by `endpointKey`. */
  endpoints(): ReadonlySet<string>
  /** From now on calls `wake` for each change, and first for every object in the caches. Earlier changes are not queued. */
  follow(wake: (wake: Wake) => void): void
  /** Whether every kind of this namespace was read: before that, an object that is not in the caches may still exist. */
  knows(namespace: string): boolean
  /** The namespaces, with those that the operator may not read. */
  scopes(): readonly Scope[]
  /** Resolves when each namespace was read or refused, and at least one was read. */
  readonly ready: Promise<void>
  /** Lists every kind again: after the API server was restored from a backup, the cached objects may not exist. */
  relist(why: string): void
}

/**
 * Every kind is listed again after 10 to 30 minutes (once its open watch has ended): a lost event, or an API server that was restored
 * from a backup unnoticed, does no harm for longer than that.
 */
const relistMs = 15 * 60_000

/** Starts a watch per kind and namespace (none given: one per kind for all namespaces). */
export function startCaches(
  options: {
    readonly kube: Kube
    readonly namespaces: readonly string[]
    readonly clock: Clock
    readonly log: Log
  },
  signal: AbortSignal,
): Caches {
  const { kube, clock, log } = options
  const namespaces: readonly (string | undefined)[] = options.namespaces.length > 0 ? options.namespaces : [undefined]
  const reflectors = new Map<string, Map<string, Reflector<KubeObject>>>()
  const slims = new Map<string, ((object: KubeObject) => KubeObject) | undefined>()
  const scopes = new Scopes(namespaces, reflectorsOf, wakeAll, log)
  let wake: ((wake: Wake) => void) | undefined

  function reflect<T extends KubeObject>(watched: Watched<T>, namespace: string | undefined): Reflector<T> {
    const { kind, labelSelector, slim = asItIs } = watched
    const where = { ...(namespace === undefined ? {} : { namespace }), ...(labelSelector === undefined ? {} : { labelSelector }) }
    return startReflector<T>(
      {
        name: kind.plural,
        list: async (inner) => {
          const { items, resourceVersion } = await kube.list(kind, where, inner)
          return { items: items.map(slim), resourceVersion }
        },
        watch: (resourceVersion, inner) => slimChanges(kube.watch(kind, where, resourceVersion, inner), slim),
        ownerOf: watched.clusterOf,
        onChange: (object, old) => {
          if (scopes.isRead(namespace)) for (const one of wakesOf(watched, object, old)) wake?.(one)
        },
        relistMs,
        refusalOf: (error) => (isFailure(error, 'forbidden') ? error.message : undefined),
        isUnserved: (error) => watched.isOptional === true && isFailure(error, 'not-found'),
        onState: () => scopes.review(namespace),
        clock,
        log,
      },
      signal,
    )
  }

  function start<T extends KubeObject>(watched: Watched<T>): CachedKind<T> {
    const byNamespace = new Map(namespaces.map((namespace) => [namespace ?? '', reflect(watched, namespace)]))
    // TypeScript can't express that each key of this map has a value type of its own; `of` casts back by the same key.
    reflectors.set(watched.kind.plural, byNamespace as unknown as Map<string, Reflector<KubeObject>>)
    slims.set(watched.kind.plural, watched.slim as unknown as (object: KubeObject) => KubeObject)
    return {
      get: (namespace, name) => of(watched.kind, namespace)?.cache.get(namespace, name),
      list: (namespace) => of(watched.kind, namespace)?.cache.list(namespace) ?? [],
      all: () => namespaces.flatMap((namespace) => of(watched.kind, namespace ?? '')?.cache.list(namespace) ?? []),
      ofCluster: (namespace, cluster) => of(watched.kind, namespace)?.cache.ownedBy(`${namespace}/${cluster}`) ?? [],
    }
  }

  function of<T extends KubeObject>(kind: ResourceKind<T>, namespace: string): Reflector<T> | undefined {
    const byNamespace = reflectors.get(kind.plural)
    return (byNamespace?.get('') ?? byNamespace?.get(namespace)) as unknown as Reflector<T> | undefined
  }

  /** Gives the object that a write returned to the caches at once. */
  async function seen<T extends KubeObject>(kind: ResourceKind<T>, namespace: string | undefined, write: () => Promise<T>): Promise<T> {
    const note = of(kind, namespace ?? '')?.beforeWrite()
    const written = await write()
    note?.(slimOf(kind)(written))
    return written
  }

  function slimOf<T extends KubeObject>(kind: ResourceKind<T>): (object: T) => T {
    return (slims.get(kind.plural) ?? asItIs) as unknown as (object: T) => T
  }

  function reflectorsOf(namespace: string | undefined): readonly Reflector<KubeObject>[] {
    return [...reflectors.values()].flatMap((byNamespace) => byNamespace.get(namespace ?? '') ?? [])
  }

  function wakeAll(namespace: string | undefined): void {
    const own = { cluster: clusters.kind, backup: backups.kind, schedule: schedules.kind, restore: restores.kind, user: users.kind }
    for (const controller of controllerNames)
      for (const object of of<KubeObject>(own[controller], namespace ?? '')?.cache.list() ?? []) wake?.({ controller, key: keyOf(object) })
  }

  const own = {
    clusters: start(clusters),
    backups: start(backups),
    schedules: start(schedules),
    restores: start(restores),
    users: start(users),
    jobs: start(jobs),
  }
  start(configMaps)
  start(pods)
  for (const kind of ownedKinds) start<KubeObject>(owned<KubeObject>(kind))

  return {
    ...own,
    reader: {
      get: async (kind, namespace, name, inner) =>
        of(kind, namespace)?.cache.get(namespace, name) ?? (await kube.get(kind, { namespace, name }, inner)),
      ofCluster: async (kind, namespace, cluster) => of(kind, namespace)?.cache.ownedBy(`${namespace}/${cluster}`) ?? [],
    },
    kube: {
      ...kube,
      create: (kind, object, inner, more) => {
        const create = () => kube.create(kind, object, inner, more)
        return more?.dryRun ? create() : seen(kind, object.metadata.namespace, create)
      },
      apply: (kind, object, inner, more) => {
        const apply = () => kube.apply(kind, object, inner, more)
        return more?.dryRun ? apply() : seen(kind, object.metadata.namespace, apply)
      },
      patch: (kind, ref, body, inner, more) => seen(kind, ref.namespace, () => kube.patch(kind, ref, body, inner, more)),
    },
    endpoints: () => {
      const pods = namespaces.flatMap((namespace) => of(POD, namespace ?? '')?.cache.list(namespace) ?? [])
      return new Set(pods.flatMap((pod) => endpointKeysOf(own.clusters, pod)))
    },
    follow(follower) {
      wake = follower
      for (const namespace of scopes.read()) wakeAll(namespace)
    },
    knows: (namespace) => scopes.isRead(namespace),
    scopes: () => scopes.list(),
    ready: scopes.ready,
    relist(why) {
      for (const namespace of namespaces) for (const reflector of reflectorsOf(namespace)) reflector.relist(why)
    },
  }
}

function asItIs<T>(object: T): T {
  return object
}

async function* slimChanges<T>(changes: AsyncIterable<WatchEvent<T>>, slim: (object: T) => T): AsyncGenerator<WatchEvent<T>> {
  for await (const change of changes) yield 'object' in change ? { ...change, object: slim(change.object) } : change
}

/** None for a pod without an IP, and for a pod whose EtcdCluster was deleted: the operator doesn't ask its member any more. */
function endpointKeysOf(known: CachedKind<EtcdCluster>, { metadata, status }: Pod): readonly string[] {
  const cluster = known.get(metadata.namespace, metadata.labels?.[label.cluster] ?? '')
  const ip = status?.podIP
  if (cluster === undefined || ip === undefined) return []
  return (['http', 'https'] as const).map((clientScheme) => endpointKey(endpointOf(cluster, { ip, clientScheme })))
}
