import { bareObject } from '../../adapters/kube/bare-object.ts'
import type { ConfigMap, Job, Pod } from '../../adapters/kube/kinds.ts'
import type { KubeObject } from '../../adapters/kube/object.ts'
import { isHeavier } from '../../adapters/kube/weight.ts'
import { label } from '../../api/labels.ts'

/** Keys of a ConfigMap that are kept: one for each member that a cluster can have, and some of removed members. */
const maxKeys = 32
/** The config of a member has about 1 kB. The operator never wrote a longer text, and a cut one still differs from the desired text. */
const maxText = 16 * 1024

/**
 * A ConfigMap as the caches keep it: the texts of the members' configs, and only the metadata of any other ConfigMap. Anybody who may
 * write ConfigMaps in a namespace can give many of them, of 1 MiB each, the label of a cluster.
 */
export function slimConfigMap({ binaryData: _, data, ...map }: ConfigMap): ConfigMap {
  if (map.metadata.name !== `${map.metadata.labels?.[label.cluster]}-members`) return map
  const kept = Object.entries(data ?? {})
    .filter(([key]) => key.endsWith('.yaml'))
    .slice(0, maxKeys)
    .map(([key, text]) => [key, text.slice(0, maxText)] as const)
  return { ...map, data: Object.fromEntries(kept) }
}

/** A Job as the caches keep it, without its pod template: the agent's task in it has up to 128 KiB, and nobody reads it from a cache. */
export function slimJob(job: Job): Job {
  const { spec, ...rest } = job
  return spec === undefined ? job : { ...rest, spec: { ...spec, template: {} } }
}

/** Twice what the largest StatefulSet or pod of an EtcdCluster takes: 256 KiB of affinity, and the annotations. */
const maxOwnedBytes = 1024 * 1024

/**
 * An object of a cluster as the caches keep it: unchanged, or reduced to its identity if it is far larger than any object of the
 * operator. Anybody who may create objects in a namespace can give them the label of a cluster, and a StatefulSet without replicas, of
 * 1.5 MB, takes twenty times as much memory once it is parsed. The reduced object has no owner; before a step the object is read live.
 */
export function slimOwned<T extends KubeObject>(object: T): T {
  if (!isHeavier(object, maxOwnedBytes)) return object
  const cluster = object.metadata.labels?.[label.cluster]
  return bareObject(object, cluster === undefined ? {} : { [label.cluster]: cluster })
}

/**
 * A pod as the caches keep it: of its spec the node, the images and the claims, which are all that the operator reads. Most of a pod is
 * the template, which stands in the StatefulSet once for all members.
 */
export function slimPod(pod: Pod): Pod {
  const { spec, ...rest } = slimOwned(pod)
  if (spec === undefined) return rest
  const { nodeName, containers, volumes = [] } = spec
  return {
    ...rest,
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      containers: containers.map(({ name, image }) => ({ name, ...(image === undefined ? {} : { image }) })),
      volumes: volumes.flatMap(({ name, persistentVolumeClaim }) =>
        persistentVolumeClaim === undefined ? [] : [{ name, persistentVolumeClaim }],
      ),
    },
  }
}
