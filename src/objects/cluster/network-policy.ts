import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { label } from '../../api/labels.ts'
import { isSame } from '../../model/is-same.ts'
import { port } from '../../model/names.ts'
import { isRecord } from '../../model/record.ts'
import { type Manifest, ownedMetadata } from '../manifest.ts'

/**
 * Who may open a connection to a member. The peer port takes members alone, and the operator, which proves on the wire that the port is
 * encrypted. The other ports take everybody until the EtcdCluster says who may come; members, the operator and its Jobs always may.
 *
 * It says nothing of what members may reach: they need the DNS, and the port on which its pods listen differs from the port of its
 * Service, so that a rule of the operator's could take the DNS from a living cluster.
 */
export function networkPolicy(cluster: EtcdCluster, operatorNamespace: string): Manifest & { readonly spec: object } {
  const { clients, metrics } = cluster.spec.networkPolicy
  const members = { podSelector: { matchLabels: { [label.cluster]: cluster.metadata.name } } }
  const operator = operatorPods(operatorNamespace)
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ownedMetadata(cluster, cluster.metadata.name),
    spec: {
      podSelector: { matchLabels: { [label.cluster]: cluster.metadata.name } },
      policyTypes: ['Ingress'],
      ingress: [
        allow(port.peer, [members, operator]),
        allow(port.client, clients.length === 0 ? everybody : [members, operator, agents, ...clients.map(peer)]),
        allow(port.metrics, metrics.length === 0 ? everybody : [members, operator, ...metrics.map(peer)]),
      ],
    },
  }
}

/** Nobody stands in `from`: to Kubernetes an empty list means everybody. */
const everybody = undefined

/** The pods of the agent's Jobs, which carry no cluster's label. */
const agents = { podSelector: { matchExpressions: [{ key: label.agent, operator: 'Exists' }] } }

/** By the label that the operator's Deployment selects its pods by, and that its pods have had from the first version on. */
function operatorPods(namespace: string): object {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'etcd-operator' } },
  }
}

/** As the API server stores it. */
function peer(given: object): object {
  return fieldsWithoutEmpty(Object.entries(given))
}

function allow(port: number, from: readonly object[] | undefined): object {
  return { ...(from === undefined ? {} : { from }), ports: [{ port, protocol: 'TCP' }] }
}

/**
 * Whether the stored spec lets in exactly those whom the wanted one lets in. Compared in full, because a field that somebody adds to a
 * selector lets others in or keeps members out. Empty lists and maps of a peer's selectors count as absent: the API server drops them.
 */
export function letsInTheSame(live: unknown, wanted: unknown): boolean {
  return isSame(withoutEmpty(live), withoutEmpty(wanted))
}

const droppedWhenEmpty = new Set(['matchLabels', 'matchExpressions', 'values', 'except'])

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  return isRecord(value) ? fieldsWithoutEmpty(Object.entries(value)) : value
}

function fieldsWithoutEmpty(fields: readonly (readonly [string, unknown])[]): object {
  const kept = fields.filter(([key, inner]) => !(droppedWhenEmpty.has(key) && isEmpty(inner)))
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutEmpty(inner)]))
}

function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0)
}
