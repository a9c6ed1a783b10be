import { CONFIG_MAP, PERSISTENT_VOLUME_CLAIM, POD, POD_DISRUPTION_BUDGET, SERVICE, STATEFUL_SET } from '../../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../adapters/kube/object.ts'
import type { Kube } from '../../adapters/kube.ts'
import { desiredObjects } from '../../objects/cluster/desired.ts'
import { podMarks, volumeMarks } from '../../objects/cluster/marks.ts'
import type { Manifest } from '../../objects/manifest.ts'
import type { ClusterObjects } from '../../observe/cluster/objects.ts'
import type { Observation } from '../../observe/cluster/observe.ts'
import { lacks } from '../lacks.ts'

/**
 * The always-safe writes of a pass: Services, budget, metadata, marks on pods and volumes. What differs in nothing is not
 * sent. An object that exists is named by its uid, one that doesn't is POSTed: neither can hit somebody else's.
 */
export async function applyAll(kube: Kube, { view, objects }: Observation, signal: AbortSignal): Promise<number> {
  const { namespace } = view.cluster.metadata
  const writes: Promise<unknown>[] = []
  for (const manifest of desiredObjects(view)) {
    const live = liveOf(objects, manifest)
    if (live === undefined) writes.push(kube.create(kindOf(manifest), manifest, signal))
    else if (lacks(live, manifest)) writes.push(kube.apply(kindOf(manifest), withUid(manifest, live), signal, { force: true }))
  }
  for (const { name, uid, labels, annotations } of podMarks(view)) {
    writes.push(kube.patch(POD, { namespace, name }, { metadata: { uid, labels, annotations } }, signal))
  }
  for (const { name, uid, annotations } of volumeMarks(view)) {
    writes.push(kube.apply(PERSISTENT_VOLUME_CLAIM, { metadata: { namespace, name, uid, annotations } }, signal, { force: true }))
  }
  await allOrFirstFailure(writes)
  return writes.length
}

/** Lets every write end before the first failure is passed on: none goes on behind the pass's back. */
async function allOrFirstFailure(writes: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(writes)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

function withUid(manifest: Manifest, live: KubeObject): Manifest & { metadata: { uid: string } } {
  return { ...manifest, metadata: { ...manifest.metadata, uid: live.metadata.uid } }
}

const kinds: Readonly<Record<string, ResourceKind<KubeObject>>> = {
  Service: SERVICE,
  ConfigMap: CONFIG_MAP,
  StatefulSet: STATEFUL_SET,
  PodDisruptionBudget: POD_DISRUPTION_BUDGET,
}

function kindOf(manifest: Manifest): ResourceKind<KubeObject> {
  const kind = kinds[manifest.kind]
  if (kind === undefined) throw new Error(`no resource kind for ${manifest.kind}`)
  return kind
}

function liveOf(objects: ClusterObjects, manifest: Manifest): KubeObject | undefined {
  const all = [objects.statefulSet, objects.configMap, objects.clientService, objects.peerService, objects.budget]
  return all.find((object) => object?.metadata.name === manifest.metadata.name && object.kind === manifest.kind)
}
