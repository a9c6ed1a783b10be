import {
  CONFIG_MAP,
  ETCD_CLUSTER,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  STATEFUL_SET,
} from '../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../adapters/kube/object.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { label } from '../api/labels.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { type Reflector, startReflector } from '../runtime/reflector.ts'
import type { ObjectReader } from './cluster-objects.ts'
import { endpointOf } from './members.ts'

/** What is watched of each cluster: everything that carries its label. */
const ownedKinds = [STATEFUL_SET, POD, PERSISTENT_VOLUME_CLAIM, SERVICE, CONFIG_MAP, POD_DISRUPTION_BUDGET] as const

export interface Caches {
  readonly clusters: { get(namespace: string, name: string): EtcdCluster | undefined; keys(): readonly string[] }
  /** Reads from the caches; what a cache doesn't know by name is looked up live, because it may be there without our label. */
  readonly reader: ObjectReader
  /** The client, except that the caches see at once what it wrote. */
  readonly kube: Kube
  /** The members' endpoints, as far as their pods are known. */
  endpoints(): ReadonlySet<string>
  readonly synced: Promise<unknown>
}

/** `namespace/name` of an EtcdCluster. */
export function keyOf(cluster: { readonly metadata: { readonly namespace?: string; readonly name: string } }): string {
  return `${cluster.metadata.namespace ?? ''}/${cluster.metadata.name}`
}

/** Starts a watch per kind and namespace (none given: one per kind for all namespaces). `onChange` gets the key of the cluster that may be concerned. */
export function startCaches(
  options: {
    readonly kube: Kube
    readonly namespaces: readonly string[]
    readonly onChange: (key: string) => void
    readonly clock: Clock
    readonly log: Log
  },
  signal: AbortSignal,
): Caches {
  const { kube, onChange, clock, log } = options
  const namespaces: readonly (string | undefined)[] = options.namespaces.length > 0 ? options.namespaces : [undefined]
  const reflectors = new Map<string, Map<string, Reflector<KubeObject>>>()

  function reflect<T extends KubeObject>(
    kind: ResourceKind<T>,
    namespace: string | undefined,
    labelSelector: string | undefined,
    ownerOf: (object: T) => string | undefined,
  ): Reflector<T> {
    const where = { ...(namespace === undefined ? {} : { namespace }), ...(labelSelector === undefined ? {} : { labelSelector }) }
    return startReflector<T>(
      {
        name: kind.plural,
        list: (inner) => kube.list(kind, where, inner),
        watch: (resourceVersion, inner) => kube.watch(kind, where, resourceVersion, inner),
        ownerOf,
        onChange: (object, old) => {
          if (isStatusOnly(kind, object, old)) return
          for (const owner of new Set([object, old].flatMap((one) => (one === undefined ? [] : (ownerOf(one) ?? []))))) onChange(owner)
        },
        clock,
        log,
      },
      signal,
    )
  }

  function start<T extends KubeObject>(
    kind: ResourceKind<T>,
    labelSelector: string | undefined,
    ownerOf: (object: T) => string | undefined,
  ): void {
    const byNamespace = new Map(namespaces.map((namespace) => [namespace ?? '', reflect(kind, namespace, labelSelector, ownerOf)]))
    // A map of kinds can't say that each key has a type of its own; `of` gives it back by the same key.
    reflectors.set(kind.plural, byNamespace as unknown as Map<string, Reflector<KubeObject>>)
  }

  function of<T extends KubeObject>(kind: ResourceKind<T>, namespace: string): Reflector<T> | undefined {
    const byNamespace = reflectors.get(kind.plural)
    return (byNamespace?.get('') ?? byNamespace?.get(namespace)) as unknown as Reflector<T> | undefined
  }

  start(ETCD_CLUSTER, undefined, keyOf)
  for (const kind of ownedKinds) start<KubeObject>(kind, label.cluster, ownerKey)
  const all = [...reflectors.values()].flatMap((byNamespace) => [...byNamespace.values()])

  function note<T extends KubeObject>(kind: ResourceKind<T>, object: T): T {
    of(kind, object.metadata.namespace ?? '')?.note(object)
    return object
  }

  return {
    clusters: {
      get: (namespace, name) => of(ETCD_CLUSTER, namespace)?.cache.get(namespace, name),
      keys: () =>
        namespaces.flatMap(
          (namespace) =>
            of(ETCD_CLUSTER, namespace ?? '')
              ?.cache.list(namespace)
              .map(keyOf) ?? [],
        ),
    },
    reader: {
      get: async (kind, namespace, name, inner) =>
        of(kind, namespace)?.cache.get(namespace, name) ?? (await kube.get(kind, { namespace, name }, inner)),
      ofCluster: async (kind, namespace, cluster) => of(kind, namespace)?.cache.ownedBy(`${namespace}/${cluster}`) ?? [],
    },
    kube: {
      ...kube,
      create: async (kind, object, inner, more) => note(kind, await kube.create(kind, object, inner, more)),
      apply: async (kind, object, inner, more) => note(kind, await kube.apply(kind, object, inner, more)),
      patch: async (kind, ref, body, inner, more) => note(kind, await kube.patch(kind, ref, body, inner, more)),
    },
    endpoints: () => {
      const pods = namespaces.flatMap((namespace) => of(POD, namespace ?? '')?.cache.list(namespace) ?? [])
      return new Set(pods.flatMap((pod) => (pod.status?.podIP === undefined ? [] : endpointOf({ ip: pod.status.podIP }).url)))
    },
    synced: Promise.all(all.map((reflector) => reflector.synced)),
  }
}

/** A change of an EtcdCluster's status is our own writing; a pass that it woke would write again. */
function isStatusOnly(kind: ResourceKind<KubeObject>, object: KubeObject | undefined, old: KubeObject | undefined): boolean {
  if (kind.kind !== ETCD_CLUSTER.kind || object === undefined || old === undefined) return false
  return object.metadata.generation === old.metadata.generation && object.metadata.deletionTimestamp === old.metadata.deletionTimestamp
}

function ownerKey(object: KubeObject): string | undefined {
  const cluster = object.metadata.labels?.[label.cluster]
  return cluster === undefined ? undefined : `${object.metadata.namespace ?? ''}/${cluster}`
}
