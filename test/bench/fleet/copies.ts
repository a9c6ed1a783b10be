import {
  CONFIG_MAP,
  ETCD_CLUSTER,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  STATEFUL_SET,
} from '../../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../../src/adapters/kube/object.ts'
import type { Kube } from '../../../src/adapters/kube.ts'
import { label } from '../../../src/api/labels.ts'
import { shortHash } from '../../../src/model/hash.ts'
import { clusterIdOf, fleetNamespace, memberIdOf, podAddress } from './names.ts'
import type { FormedCluster } from './stand-in.ts'

/** What the API server holds of one formed cluster, in the order in which a copy is made. */
export interface Pattern {
  readonly name: string
  readonly cluster: KubeObject
  readonly statefulSet: KubeObject
  readonly others: readonly { readonly kind: ResourceKind<KubeObject>; readonly object: KubeObject }[]
}

/** Reads a cluster that the operator has formed. */
export async function readPattern(kube: Kube, name: string, signal: AbortSignal): Promise<Pattern> {
  const where = { namespace: fleetNamespace, labelSelector: `${label.cluster}=${name}` }
  const kinds: readonly ResourceKind<KubeObject>[] = [CONFIG_MAP, SERVICE, POD_DISRUPTION_BUDGET, PERSISTENT_VOLUME_CLAIM, POD]
  const lists = await Promise.all(
    kinds.map(async (kind) => (await kube.list(kind, where, signal)).items.map((object) => ({ kind, object }))),
  )
  const cluster = await kube.get(ETCD_CLUSTER, { namespace: fleetNamespace, name }, signal)
  const statefulSet = await kube.get(STATEFUL_SET, { namespace: fleetNamespace, name }, signal)
  if (cluster === undefined || statefulSet === undefined) throw new Error(`${name} is not formed`)
  return { name, cluster, statefulSet, others: lists.flat() }
}

/** Makes the objects of another formed cluster: the same text with other names, UIDs, IDs and addresses. */
export async function copyPattern(kube: Kube, pattern: Pattern, name: string, signal: AbortSignal): Promise<FormedCluster> {
  const ordinals = pattern.others.flatMap(({ kind, object }) => (kind === POD ? [object.metadata.name.slice(pattern.name.length)] : []))
  const replace = new Map<string, string>([[hex(clusterIdOf(pattern.name)), hex(clusterIdOf(name))]])
  for (const ordinal of ordinals) {
    replace.set(hex(memberIdOf(pattern.name + ordinal)), hex(memberIdOf(name + ordinal)))
    replace.set(podAddress(pattern.name + ordinal), podAddress(name + ordinal))
  }
  for (const [before, after] of configHashes(pattern, name)) replace.set(before, after)
  replace.set(pattern.name, name)

  const cluster = await make(kube, ETCD_CLUSTER, changed(pattern.cluster, replace), signal)
  replace.set(pattern.cluster.metadata.uid, cluster.metadata.uid)
  const copied = changed(pattern.statefulSet, replace)
  const annotations = { ...copied.metadata.annotations, 'fleet/copy': 'true' }
  const statefulSet = await make(kube, STATEFUL_SET, { ...copied, metadata: { ...copied.metadata, annotations } }, signal)
  replace.set(pattern.statefulSet.metadata.uid, statefulSet.metadata.uid)
  await Promise.all(pattern.others.map(({ kind, object }) => make(kube, kind, changed(object, replace), signal)))
  const peerUrl = (member: string) => `http://${member}.${name}-peers.${fleetNamespace}.svc:2380`
  return { name, members: ordinals.map((ordinal) => ({ name: name + ordinal, peerUrl: peerUrl(name + ordinal) })) }
}

/** The hashes of the members' configs stand on their pods. */
function configHashes({ name, others }: Pattern, copy: string): readonly [string, string][] {
  const { data } = (others.find(({ kind }) => kind === CONFIG_MAP)?.object ?? {}) as { data?: Readonly<Record<string, string>> }
  return Object.values(data ?? {}).map((text) => [shortHash(text), shortHash(text.replaceAll(name, copy))])
}

function changed(object: KubeObject, replace: ReadonlyMap<string, string>): KubeObject {
  let text = JSON.stringify(object)
  for (const [before, after] of replace) text = text.replaceAll(before, after)
  return JSON.parse(text) as KubeObject
}

/** An object as it was read, status included; what only the server says is left out. */
async function make(kube: Kube, kind: ResourceKind<KubeObject>, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, generation: _generation, ...metadata } = object.metadata
  const { status, ...rest } = object as KubeObject & { status?: object; spec?: { clusterIP?: string; clusterIPs?: unknown } }
  const made = await kube.create(
    kind,
    { ...rest, ...(kind === SERVICE ? { spec: withoutAddress(rest.spec) } : {}), metadata } as never,
    signal,
  )
  if (status === undefined || Object.keys(status).length === 0 || kind === SERVICE || kind === POD_DISRUPTION_BUDGET) return made
  return kube.patch(kind, made.metadata, { status }, signal, { subresource: 'status' })
}

/** The server gives each Service an address of its own. */
function withoutAddress(spec: { clusterIP?: string; clusterIPs?: unknown } | undefined): object {
  const { clusterIP, clusterIPs: _, ...rest } = spec ?? {}
  return clusterIP === 'None' ? { ...rest, clusterIP } : rest
}

function hex(id: bigint): string {
  return id.toString(16)
}
