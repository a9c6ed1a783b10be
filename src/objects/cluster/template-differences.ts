import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { type Difference, differences } from '../../model/difference.ts'
import { parseQuantity } from '../../model/quantity.ts'
import { isRecord } from '../../model/record.ts'
import { podTemplate } from './stateful-set.ts'

/**
 * Where the template of the stored StatefulSet differs from the template that the spec makes. Fields that the API server fills in don't
 * count, nor do labels and annotations that others add.
 */
export function templateDifferences(live: unknown, cluster: EtcdCluster): readonly Difference[] {
  if (!isRecord(live)) return compare(live, cluster)
  const before = compared.get(live)
  if (before?.spec === cluster.spec) return before.found
  const found = compare(live, cluster)
  compared.set(live, { spec: cluster.spec, found })
  return found
}

/** Cached by the objects, which never change once they were read: each pass asks. */
const compared = new WeakMap<object, { readonly spec: EtcdCluster['spec']; readonly found: readonly Difference[] }>()

function compare(live: unknown, cluster: EtcdCluster): readonly Difference[] {
  const stored = comparable(live)
  return differences(stored, withoutOthers(stored, comparable(podTemplate(cluster))))
}

/** Fields that people may add to a pod's spec, and that the operator leaves out unless the EtcdCluster asks for them. */
const leftOut = {
  nodeSelector: null,
  tolerations: null,
  topologySpreadConstraints: null,
  priorityClassName: null,
  imagePullSecrets: null,
  initContainers: null,
  hostNetwork: null,
  runtimeClassName: null,
  nodeName: null,
  serviceAccountName: null,
} as const

function withoutOthers(live: unknown, wanted: unknown): unknown {
  if (!isRecord(wanted) || !isRecord(wanted.spec)) return wanted
  const stored = isRecord(live) && isRecord(live.spec) ? live.spec : {}
  const { nodeSelector, affinity, containers } = wanted.spec
  const own = {
    nodeSelector: nodeSelector === undefined ? null : exactly(stored.nodeSelector, nodeSelector),
    affinity: exactly(stored.affinity, affinity),
    containers: withExactResources(stored.containers, containers),
  }
  return { ...wanted, spec: { ...leftOut, ...wanted.spec, ...own } }
}

/** The wanted value, with null for every field that only the stored value has. */
export function exactly(live: unknown, wanted: unknown): unknown {
  if (!isRecord(wanted)) return wanted
  const stored = isRecord(live) ? live : {}
  const fields = Object.entries(wanted).map(([key, value]) => [key, exactly(stored[key], value)] as const)
  const others = Object.keys(stored).filter((key) => !Object.hasOwn(wanted, key))
  return Object.fromEntries([...fields, ...others.map((key) => [key, null] as const)])
}

function withExactResources(live: unknown, wanted: unknown): unknown {
  if (!Array.isArray(wanted)) return wanted
  return wanted.map((container, index) => {
    const stored = Array.isArray(live) ? live[index] : undefined
    return isRecord(container)
      ? { ...container, resources: exactly(isRecord(stored) ? stored.resources : {}, container.resources) }
      : container
  })
}

/** The API server writes quantities in its own way, and leaves out what is empty. */
function comparable(value: unknown, isQuantity = false): unknown {
  if (isQuantity && (typeof value === 'string' || typeof value === 'number')) return parseQuantity(value) ?? value
  if (Array.isArray(value)) return value.map((item) => comparable(item))
  if (!isRecord(value)) return value
  const fields = Object.entries(value).filter(([, field]) => !isEmpty(field))
  return Object.fromEntries(fields.map(([key, field]) => [key, quantities.has(key) ? ofQuantities(field) : comparable(field)]))
}

const quantities: ReadonlySet<string> = new Set(['requests', 'limits'])

function ofQuantities(value: unknown): unknown {
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, quantity]) => [name, comparable(quantity, true)]))
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '') return true
  return Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0
}
