import { CONFIG_MAP, NETWORK_POLICY, SERVICE, STATEFUL_SET } from '../../adapters/kube/kinds.ts'
import { pinnedClusterId } from '../../model/cluster/identity.ts'
import { wantedSettings } from '../../model/cluster/member-settings.ts'
import { podOf } from '../../model/cluster/members.ts'
import { nextCluster } from '../../model/cluster/next-cluster.ts'
import { hasRunNewerMinor, templateHash } from '../../model/cluster/revision.ts'
import { nextProfile } from '../../model/cluster/tls.ts'
import type { ClusterView, ConfigEntry } from '../../model/cluster/view.ts'
import { firstDifference, shown } from '../../model/difference.ts'
import { mergePatchTo } from '../../model/merge-patch.ts'
import { configKey, configName } from '../../model/names.ts'
import { isRecord } from '../../model/record.ts'
import { letsInTheSame, networkPolicy } from '../../objects/cluster/network-policy.ts'
import { clientService, peerService } from '../../objects/cluster/services.ts'
import { podTemplate, statefulSetFrame } from '../../objects/cluster/stateful-set.ts'
import { exactly, templateDifferences } from '../../objects/cluster/template-differences.ts'
import { type InitialState, memberConfigHash, memberConfigText } from '../../objects/etcd-config/member-config.ts'
import type { ClusterObjects } from '../../observe/cluster/objects.ts'
import type { Observation } from '../../observe/cluster/observe.ts'
import type { SafeWrite } from './safe-write.ts'

/**
 * Writes that undo manual edits, because undoing them restarts nothing: the objects themselves are compared with the desired ones, not
 * with a hash of them. A pod that was created from an edited StatefulSet meanwhile is restarted by plan/cluster/change/roll.ts.
 */
export function undoEdits({ view, objects }: Observation): readonly SafeWrite[] {
  return [
    frameOf(view, objects),
    templateOf(view, objects),
    configsOf(view, objects),
    selectorOf(view, objects.clientService),
    selectorOf(view, objects.peerService),
    policyOf(view, objects),
  ].filter((write) => write !== undefined)
}

/** Keeps OnDelete, so that only the deletion of a pod restarts it, and keeps claims when pods are deleted. */
function frameOf(view: ClusterView, { statefulSet: live }: ClusterObjects): SafeWrite | undefined {
  if (view.statefulSet.state !== 'ours' || live === undefined) return undefined
  const { namespace, name, uid, resourceVersion } = live.metadata
  const difference = firstDifference(live.spec, statefulSetFrame)
  if (difference === undefined) return undefined
  return {
    object: `StatefulSet ${name}, its update strategy`,
    creates: false,
    difference,
    send: (kube, signal) =>
      kube.patch(STATEFUL_SET, { namespace, name }, { metadata: { uid, resourceVersion }, spec: statefulSetFrame }, signal),
    remains: (written) => firstDifference(field(written, 'spec'), statefulSetFrame),
  }
}

/** With OnDelete a changed template restarts nothing; only the next pod is created from it. */
function templateOf(view: ClusterView, { statefulSet: live }: ClusterObjects): SafeWrite | undefined {
  if (live === undefined || !isTakenUp(view)) return undefined
  // Safety: an older etcd can't open the data of a member that has run a newer minor version; the next pod must not get an older etcd.
  if (view.pods.some(({ name }) => hasRunNewerMinor(view, name))) return undefined
  const { namespace, name, uid, resourceVersion } = live.metadata
  const cluster = nextCluster(view)
  const wanted = podTemplate(cluster)
  const remaining = (template: unknown) => {
    const [first] = templateDifferences(template, cluster)
    return first && firstDifference({ [first.path]: first.live }, { [first.path]: first.wanted })
  }
  const difference = remaining(live.spec?.template)
  if (difference === undefined) return undefined
  const template = mergePatchTo(live.spec?.template, wanted)
  return {
    object: `StatefulSet ${name}, its template`,
    creates: false,
    difference,
    send: (kube, signal) =>
      kube.patch(STATEFUL_SET, { namespace, name }, { metadata: { uid, resourceVersion }, spec: { template } }, signal),
    remains: (written) => remaining(field(written, 'spec', 'template')),
  }
}

/** A member reads its config file only when it starts, so writing the file restarts nothing. */
function configsOf(view: ClusterView, { configMap: live }: ClusterObjects): SafeWrite | undefined {
  if (view.config.state !== 'ours' || live === undefined || !isTakenUp(view)) return undefined
  const texts = [...view.config.value.members].flatMap(([name, entry]) => {
    const initial = initialOf(view, name, entry)
    if (initial === undefined || !isWrittenNow(view, name, entry) || memberConfigHash(view, name, initial) === entry.hash) return []
    return [[name, memberConfigText(view, name, initial)] as const]
  })
  if (texts.length === 0) return undefined
  const { namespace, uid } = live.metadata
  const { resourceVersion } = view.config
  const data = Object.fromEntries(texts.map(([name, text]) => [configKey(name), text]))
  return {
    object: `ConfigMap ${configName(view.cluster)}, its files`,
    creates: false,
    difference: `not as the operator writes them: ${Object.keys(data).join(', ')}`,
    // Safety: the initial state in each member's config stays as it was read, and the precondition is the ConfigMap that was read.
    send: (kube, signal) =>
      kube.patch(CONFIG_MAP, { namespace, name: configName(view.cluster) }, { metadata: { uid, resourceVersion }, data }, signal),
    remains: (written) => firstDifference(field(written, 'data'), data),
  }
}

/**
 * Whether the file may be written although it is not the member's turn in a roll: its settings are those that the member was started with,
 * or an earlier version of the operator wrote it. Any other file waits for its turn, and a pod that is recreated until then starts with
 * the old settings.
 */
function isWrittenNow(view: ClusterView, name: string, { settings }: ConfigEntry): boolean {
  const wanted = wantedSettings(view)
  return settings === undefined || settings === wanted || podOf(view, name)?.startedWith === wanted
}

/** Undefined for an unreadable file, and for a bootstrap config once the cluster ID is pinned: then no bootstrap config is written again. */
function initialOf(view: ClusterView, name: string, { state, members, settings }: ConfigEntry): InitialState | undefined {
  if (state === 'unreadable' || (state === 'bootstrap' && pinnedClusterId(view) !== undefined)) return undefined
  const wanted = wantedSettings(view)
  // Its turn is there, or over.
  const tls = settings === wanted || podOf(view, name)?.startedWith === wanted ? { tls: nextProfile(view) } : {}
  return state === 'established' ? { state, ...tls } : { state, members, ...tls }
}

/** Removes added labels from a Service's selector: they keep pods out of the Service, and server-side apply doesn't remove them. */
function selectorOf(view: ClusterView, live: ClusterObjects['clientService']): SafeWrite | undefined {
  const { cluster } = view
  if (live === undefined || cluster.status?.bootstrap === undefined) return undefined
  const { namespace, name, uid } = live.metadata
  const isClients = name === cluster.metadata.name
  if (!isOurs(view, 'Service', name)) return undefined
  const wished = isClients ? clientService(cluster, pinnedClusterId(view) !== undefined) : peerService(cluster)
  const selector = exactly(live.spec?.selector, field(wished, 'spec', 'selector') ?? {})
  const difference = firstDifference({ selector: live.spec?.selector ?? {} }, { selector })
  if (difference === undefined) return undefined
  return {
    object: `Service ${name}, its selector`,
    creates: false,
    difference: `spec.${difference}`,
    send: (kube, signal) => kube.patch(SERVICE, { namespace, name }, { metadata: { uid }, spec: { selector } }, signal),
    remains: (written) => firstDifference({ selector: field(written, 'spec', 'selector') ?? {} }, { selector }),
  }
}

/** Removes what somebody added to the NetworkPolicy: server-side apply doesn't, and one more selector lets others in, or keeps members out. */
function policyOf(view: ClusterView, { networkPolicy: live }: ClusterObjects): SafeWrite | undefined {
  if (live === undefined || !isOurs(view, 'NetworkPolicy', live.metadata.name)) return undefined
  const wished = networkPolicy(view.cluster, view.operatorNamespace)
  // Any other difference is removed by the apply of this pass.
  if (firstDifference(live, wished) !== undefined || letsInTheSame(live.spec, wished.spec)) return undefined
  const { namespace, name, uid, resourceVersion } = live.metadata
  const spec = mergePatchTo(live.spec, wished.spec)
  return {
    object: `NetworkPolicy ${name}, its rules`,
    creates: false,
    difference: `spec is ${shown(live.spec)} instead of ${shown(wished.spec)}`,
    send: (kube, signal) => kube.patch(NETWORK_POLICY, { namespace, name }, { metadata: { uid, resourceVersion }, spec }, signal),
    remains: (written) =>
      letsInTheSame(field(written, 'spec'), wished.spec) ? undefined : 'it has rules that the operator does not write',
  }
}

function isOurs({ others }: ClusterView, kind: string, name: string): boolean {
  return others.some((other) => other.kind === kind && other.name === name && other.object.state === 'ours')
}

/** A field of an object's JSON. */
function field(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce((value: unknown, key) => (isRecord(value) ? value[key] : undefined), object)
}

/** Whether the StatefulSet was last written from this spec; otherwise the difference is a change of the spec, which a roll applies. */
function isTakenUp(view: ClusterView): boolean {
  return view.statefulSet.state === 'ours' && view.statefulSet.value.template === templateHash(nextCluster(view))
}
