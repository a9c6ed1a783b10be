import { type Job, POD } from '../../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../adapters/kube/object.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdBackup, EtcdBackupSchedule, EtcdRestore } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { type Reflector, startReflector } from '../../runtime/reflector.ts'
import { endpointOf } from '../cluster/members.ts'
import type { ObjectReader } from './reader.ts'
import { backups, clusters, jobs, owned, ownedKinds, restores, schedules, type Wake, type Watched } from './wakes.ts'

/** The objects of one kind, as the watches saw them last. */
export interface CachedKind<T> {
  get(namespace: string, name: string): T | undefined
  list(namespace: string): readonly T[]
  /** Those of every namespace that is watched. */
  all(): readonly T[]
  /** Those that name this EtcdCluster, or carry its label. */
  ofCluster(namespace: string, cluster: string): readonly T[]
}

export interface Caches {
  readonly clusters: CachedKind<EtcdCluster>
  readonly backups: CachedKind<EtcdBackup>
  readonly schedules: CachedKind<EtcdBackupSchedule>
  readonly restores: CachedKind<EtcdRestore>
  /** The agent's. */
  readonly jobs: CachedKind<Job>
  /** Reads from the caches; what a cache doesn't know by name is looked up live, because it may be there without our label. */
  readonly reader: ObjectReader
  /** The client, except that the caches see at once what it wrote. */
  readonly kube: Kube
  /** The members' endpoints, as far as their pods are known. */
  endpoints(): ReadonlySet<string>
  readonly synced: Promise<unknown>
}

/** Starts a watch per kind and namespace (none given: one per kind for all namespaces). `wake` is told what each change concerns. */
export function startCaches(
  options: {
    readonly kube: Kube
    readonly namespaces: readonly string[]
    readonly wake: (wake: Wake) => void
    readonly clock: Clock
    readonly log: Log
  },
  signal: AbortSignal,
): Caches {
  const { kube, wake, clock, log } = options
  const namespaces: readonly (string | undefined)[] = options.namespaces.length > 0 ? options.namespaces : [undefined]
  const reflectors = new Map<string, Map<string, Reflector<KubeObject>>>()

  function reflect<T extends KubeObject>(watched: Watched<T>, namespace: string | undefined): Reflector<T> {
    const { kind, labelSelector } = watched
    const where = { ...(namespace === undefined ? {} : { namespace }), ...(labelSelector === undefined ? {} : { labelSelector }) }
    return startReflector<T>(
      {
        name: kind.plural,
        list: (inner) => kube.list(kind, where, inner),
        watch: (resourceVersion, inner) => kube.watch(kind, where, resourceVersion, inner),
        ownerOf: watched.clusterOf,
        onChange: (object, old) => {
          for (const one of concerned(watched, object, old)) wake(one)
        },
        clock,
        log,
      },
      signal,
    )
  }

  function start<T extends KubeObject>(watched: Watched<T>): CachedKind<T> {
    const byNamespace = new Map(namespaces.map((namespace) => [namespace ?? '', reflect(watched, namespace)]))
    // A map of kinds can't say that each key has a type of its own; `of` gives it back by the same key.
    reflectors.set(watched.kind.plural, byNamespace as unknown as Map<string, Reflector<KubeObject>>)
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

  function note<T extends KubeObject>(kind: ResourceKind<T>, object: T): T {
    of(kind, object.metadata.namespace ?? '')?.note(object)
    return object
  }

  const own = {
    clusters: start(clusters),
    backups: start(backups),
    schedules: start(schedules),
    restores: start(restores),
    jobs: start(jobs),
  }
  for (const kind of ownedKinds) start<KubeObject>(owned<KubeObject>(kind))
  const all = [...reflectors.values()].flatMap((byNamespace) => [...byNamespace.values()])

  return {
    ...own,
    reader: {
      get: async (kind, namespace, name, inner) =>
        of(kind, namespace)?.cache.get(namespace, name) ?? (await kube.get(kind, { namespace, name }, inner)),
      ofCluster: async (kind, namespace, cluster) => of(kind, namespace)?.cache.ownedBy(`${namespace}/${cluster}`) ?? [],
    },
    kube: {
      ...kube,
      create: async (kind, object, inner, more) => {
        const made = await kube.create(kind, object, inner, more)
        return more?.dryRun ? made : note(kind, made)
      },
      apply: async (kind, object, inner, more) => {
        const made = await kube.apply(kind, object, inner, more)
        return more?.dryRun ? made : note(kind, made)
      },
      patch: async (kind, ref, body, inner, more) => note(kind, await kube.patch(kind, ref, body, inner, more)),
    },
    endpoints: () => {
      const pods = namespaces.flatMap((namespace) => of(POD, namespace ?? '')?.cache.list(namespace) ?? [])
      return new Set(pods.flatMap((pod) => (pod.status?.podIP === undefined ? [] : endpointOf({ ip: pod.status.podIP }).url)))
    },
    synced: Promise.all(all.map((reflector) => reflector.synced)),
  }
}

/** Whom a change concerns, before or after it. */
function concerned<T extends KubeObject>(watched: Watched<T>, object: T | undefined, old: T | undefined): readonly Wake[] {
  const both = [object, old].flatMap((one) => (one === undefined ? [] : watched.wakes(one)))
  const seen = new Map(both.map((wake) => [`${wake.controller} ${wake.key}`, wake]))
  const own = isStatusOnly(object, old) ? watched.ownWish : undefined
  return [...seen.values()].filter(({ controller }) => controller !== own)
}

/** A change of the status of the operator's own resources is the operator's own writing; a pass that it woke would write again. */
function isStatusOnly(object: KubeObject | undefined, old: KubeObject | undefined): boolean {
  if (object === undefined || old === undefined || object.metadata.uid !== old.metadata.uid) return false
  return object.metadata.generation === old.metadata.generation && object.metadata.deletionTimestamp === old.metadata.deletionTimestamp
}
