import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import { wantedSettings } from '../../model/cluster/member-settings.ts'
import { nextCluster } from '../../model/cluster/next-cluster.ts'
import { etcdImage, settingsHash } from '../../model/cluster/revision.ts'
import type { ClusterView, ConfigEntry } from '../../model/cluster/view.ts'
import { type Difference, differences, shown } from '../../model/difference.ts'
import { isRecord } from '../../model/record.ts'
import { readKeys } from '../etcd-config/config-file.ts'
import { memberConfigText } from '../etcd-config/member-config.ts'
import { exactly, templateDifferences } from './template-differences.ts'

/** A field of the spec that differs from what the members were started with. */
export interface SpecChange {
  readonly field: string
  readonly runs: string
  readonly asked: string
}

/** The changes that a restart of the members would apply, compared with the objects that they were started from; each field once. */
export function specChanges(view: ClusterView): readonly SpecChange[] {
  if (view.statefulSet.state !== 'ours') return []
  const cluster = nextCluster(view)
  const inTemplate = templateDifferences(view.statefulSet.value.podTemplate, cluster).flatMap((one) => ofTemplate(cluster, one))
  const configs = view.config.state === 'ours' ? [...view.config.value.members] : []
  const started = startedWith(view.statefulSet.value.podTemplate)
  const isEtcdChanged = started !== undefined && started !== settingsHash(cluster)
  const inConfigs = configs
    .flatMap(([name, entry]) => configDifferences(view, name, entry))
    .flatMap((one) => ofConfig(cluster, one, isEtcdChanged))
  return [...new Map([...inTemplate, ...inConfigs].map((change) => [change.field, change])).values()]
}

function ofTemplate(cluster: EtcdCluster, { path, live, wanted }: Difference): readonly SpecChange[] {
  const { image } = cluster.spec
  if (path === 'spec.containers[etcd].image') {
    const isVersion = image.tag === '' && typeof live === 'string' && live.startsWith(`${image.repository}:v`)
    if (isVersion) return [{ field: 'spec.version', runs: live.slice(image.repository.length + 2), asked: cluster.spec.version }]
    return [{ field: 'spec.image', runs: String(live), asked: etcdImage(cluster) }]
  }
  if (ofOperator.some((prefix) => path.startsWith(prefix))) return []
  const field = fields.flatMap(([prefix, named]) => (path.startsWith(prefix) ? `${named}${path.slice(prefix.length)}` : []))[0]
  return field === undefined ? [] : [{ field, runs: inWords(live), asked: inWords(wanted) }]
}

/** What the operator itself writes there; the spec can't. */
const ofOperator = [
  'metadata.annotations.etcd-operator.dev/',
  'metadata.annotations.kubectl.kubernetes.io/',
  'metadata.labels.etcd-operator.dev/',
  'metadata.labels.app.kubernetes.io/',
]

/** Where the fields of the spec are in the template. Any other difference comes from a newer version of the operator. */
const fields = [
  ['spec.containers[etcd].imagePullPolicy', 'spec.image.pullPolicy'],
  ['spec.imagePullSecrets', 'spec.image.pullSecrets'],
  ['spec.containers[etcd].resources', 'spec.pod.resources'],
  ['metadata.labels', 'spec.pod.labels'],
  ['metadata.annotations', 'spec.pod.annotations'],
  ['spec.nodeSelector', 'spec.pod.nodeSelector'],
  ['spec.tolerations', 'spec.pod.tolerations'],
  ['spec.affinity', 'spec.pod.affinity'],
  ['spec.topologySpreadConstraints', 'spec.pod.topologySpreadConstraints'],
  ['spec.priorityClassName', 'spec.pod.priorityClassName'],
] as const

function configDifferences(view: ClusterView, name: string, { state, members, text, settings }: ConfigEntry): readonly Difference[] {
  if (state === 'unreadable' || settings === wantedSettings(view)) return []
  const wanted = readKeys(memberConfigText(view, name, state === 'established' ? { state } : { state, members }))
  const live = readKeys(text)
  return differences(live, exactly(live, wanted))
}

/**
 * An argument that was taken out of the spec isn't named there any more: it is told by the file, which still has it, once spec.etcd isn't
 * what the members were started with. What differs without that, the operator itself, or another version of etcd, does differently.
 */
function ofConfig(cluster: EtcdCluster, { path, live, wanted }: Difference, isEtcdChanged: boolean): readonly SpecChange[] {
  // The operator's own feature gates stay in the file.
  const isGone = isEtcdChanged && (wanted === null || path === 'feature-gates')
  const isArgument = isGone || Object.hasOwn(cluster.spec.etcd.extraArgs, path)
  const named = settings[path] ?? (isArgument ? `spec.etcd.extraArgs.${path}` : undefined)
  return named === undefined ? [] : [{ field: named, runs: inWords(live), asked: inWords(wanted) }]
}

/** The hash of spec.etcd with which the pods of a template are started. */
function startedWith(podTemplate: unknown): unknown {
  const metadata = isRecord(podTemplate) && isRecord(podTemplate.metadata) ? podTemplate.metadata : {}
  return isRecord(metadata.annotations) ? metadata.annotations[annotation.settings] : undefined
}

/** Keys of etcd's config that have a field in the spec. Other keys may also change with the version of etcd. */
const settings: Readonly<Record<string, string>> = {
  'quota-backend-bytes': 'spec.etcd.quotaBackendBytes',
  'auto-compaction-mode': 'spec.etcd.autoCompaction.mode',
  'auto-compaction-retention': 'spec.etcd.autoCompaction.retention',
  'heartbeat-interval': 'spec.etcd.heartbeatInterval',
  'election-timeout': 'spec.etcd.electionTimeout',
  'snapshot-count': 'spec.etcd.snapshotCount',
}

function inWords(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : typeof value === 'string' ? value : shown(value)
}
