import type { EtcdCluster, TlsMode } from '../../api/etcd-cluster.ts'
import { annotation, label, recommended } from '../../api/labels.ts'
import { incarnation, pinnedClusterId } from '../../model/cluster/identity.ts'
import { nextCluster } from '../../model/cluster/next-cluster.ts'
import { nextVersionOf } from '../../model/cluster/next-version.ts'
import { etcdImage, podSpecHash, restartedAt, settingsHash, templateHash } from '../../model/cluster/revision.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { shortHash } from '../../model/hash.ts'
import { clientSecretName, configName, peerServiceName, peerTlsSecretName, port, serverTlsSecretName } from '../../model/names.ts'
import { certificateFolder } from '../etcd-config/config-file.ts'
import { type Manifest, ownedLabels, ownedMetadata } from '../manifest.ts'
import { restrictedContainer, restrictedPod } from '../restricted.ts'
import { dataVolumeTemplate } from './data-volume.ts'

/**
 * The StatefulSet of a cluster. Kubernetes restarts its pods even while the operator is away; with OnDelete it never
 * restarts one by itself for a new template, and with Retain it never deletes a volume.
 */
export function statefulSet(view: ClusterView, replicas: number): Manifest {
  const cluster = nextCluster(view)
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: versionedMetadata(cluster, {
      [annotation.template]: templateHash(cluster),
      [annotation.version]: nextVersionOf(view),
      [annotation.incarnation]: incarnation(view),
      ...clusterIdAnnotation(view),
    }),
    spec: {
      replicas,
      serviceName: peerServiceName(cluster),
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      persistentVolumeClaimRetentionPolicy,
      revisionHistoryLimit: 3,
      selector: { matchLabels: { [label.cluster]: cluster.metadata.name } },
      template: podTemplate(cluster),
      volumeClaimTemplates: [dataVolumeTemplate(view)],
    },
  }
}

const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Retain' } as const

/** Fields that every StatefulSet must have, whatever the spec asks for; null removes. */
export const statefulSetFrame = { updateStrategy: { type: 'OnDelete', rollingUpdate: null }, persistentVolumeClaimRetentionPolicy } as const

/**
 * The part of the StatefulSet that is applied on every pass: its own metadata, because it contains the pinned cluster ID a second time,
 * and the label that sends clients to its pods, which StatefulSets of earlier versions lack. With OnDelete this restarts no pod.
 */
export function statefulSetAssertions(view: ClusterView): Manifest {
  const metadata = versionedMetadata(nextCluster(view), {
    [annotation.incarnation]: incarnation(view),
    ...clusterIdAnnotation(view),
  })
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { template: { metadata: { labels: servingLabel } } } }
}

function versionedMetadata(cluster: EtcdCluster, annotations: Readonly<Record<string, string>>): Manifest['metadata'] {
  const metadata = ownedMetadata(cluster, cluster.metadata.name, annotations)
  return { ...metadata, labels: { ...metadata.labels, ...versionLabel(cluster) } }
}

/** Only a new pod gets it: the pod's etcd is of that version for as long as the pod lives. */
function versionLabel({ spec }: EtcdCluster): Readonly<Record<string, string>> {
  return { [recommended.version]: spec.version }
}

/**
 * The template gives every pod the label that the client Service selects, so recreated pods get clients without the operator.
 * Readiness keeps out every member that is not a voter in sync, and before the cluster ID is pinned the Service has no selector.
 */
const servingLabel = { [label.serving]: 'true' }

/** The labels by which Services, PodDisruptionBudgets and people select members. */
export function podLabels(cluster: EtcdCluster): Readonly<Record<string, string>> {
  return { ...cluster.spec.pod.labels, ...ownedLabels(cluster) }
}

export function podTemplate(cluster: EtcdCluster): object {
  const { pod, tls } = cluster.spec
  return {
    metadata: {
      labels: { ...podLabels(cluster), ...versionLabel(cluster), ...servingLabel },
      annotations: {
        ...pod.annotations,
        [annotation.settings]: settingsHash(cluster),
        [annotation.podSpec]: podSpecHash(cluster),
        [annotation.templateForm]: formOf(cluster),
        ...(tls.mode === undefined || tls.mode === 'Off' ? {} : { [annotation.tls]: tls.mode }),
        ...(restartedAt(cluster) === undefined ? {} : { [annotation.restartedAt]: restartedAt(cluster) }),
      },
    },
    spec: podSpec(cluster, tls.mode ?? 'Off'),
  }
}

/** Hash of what a pod is made of; how its image is pulled doesn't count, nor do certificates, which come and go with the members' turns. */
function formOf(cluster: EtcdCluster): string {
  const known =
    forms.get(cluster.spec) ??
    shortHash({
      ...podSpec(cluster, 'Off'),
      imagePullSecrets: undefined,
      containers: [{ ...etcdContainer(cluster, 'Off'), imagePullPolicy: undefined }],
    })
  forms.set(cluster.spec, known)
  return known
}

/** Cached by the spec object, which never changes once it was read: every pass makes the template. */
const forms = new WeakMap<object, string>()

function podSpec(cluster: EtcdCluster, tls: TlsMode): object {
  const { pod, image } = cluster.spec
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    securityContext: restrictedPod,
    ...(image.pullSecrets.length > 0 ? { imagePullSecrets: image.pullSecrets } : {}),
    ...(Object.keys(pod.nodeSelector).length > 0 ? { nodeSelector: pod.nodeSelector } : {}),
    ...(pod.tolerations.length > 0 ? { tolerations: pod.tolerations } : {}),
    affinity: Object.keys(pod.affinity).length > 0 ? pod.affinity : spreadOut(cluster),
    ...(pod.topologySpreadConstraints.length > 0
      ? {
          topologySpreadConstraints: pod.topologySpreadConstraints.map((constraint) => ({
            labelSelector: ownSelector(cluster),
            ...constraint,
          })),
        }
      : {}),
    ...(pod.priorityClassName === '' ? {} : { priorityClassName: pod.priorityClassName }),
    containers: [etcdContainer(cluster, tls)],
    volumes: [
      { name: 'config', configMap: { name: configName(cluster) } },
      { name: 'tmp', emptyDir: {} },
      ...(tls === 'Off' ? [] : certificateVolumes(cluster)),
    ],
  }
}

/** Not optional: without its Secrets no pod is started. The group can read them, which is that of the process. */
function certificateVolumes(cluster: EtcdCluster): readonly object[] {
  const from = (name: keyof typeof certificateFolder, secretName: string, ...keys: readonly string[]) => ({
    name: `${name}-tls`,
    secret: { secretName, defaultMode: 0o440, items: keys.map((key) => ({ key, path: key })) },
  })
  return [
    from('peer', peerTlsSecretName(cluster), 'ca.crt', 'tls.crt', 'tls.key', 'dial.crt', 'dial.key'),
    from('server', serverTlsSecretName(cluster), 'ca.crt', 'tls.crt', 'tls.key'),
    from('client', clientSecretName(cluster), 'ca.crt', 'tls.crt', 'tls.key'),
  ]
}

/** Lets `kubectl exec demo-0 -- etcdctl ...` reach its own member. While plain text is taken, etcdctl's defaults do. */
function etcdctlEnvironment(tls: TlsMode): readonly object[] {
  if (tls !== 'Required') return []
  const { client } = certificateFolder
  return [
    { name: 'ETCDCTL_ENDPOINTS', value: `https://127.0.0.1:${port.client}` },
    { name: 'ETCDCTL_CACERT', value: `${client}/ca.crt` },
    { name: 'ETCDCTL_CERT', value: `${client}/tls.crt` },
    { name: 'ETCDCTL_KEY', value: `${client}/tls.key` },
  ]
}

function etcdContainer(cluster: EtcdCluster, tls: TlsMode): object {
  const { pod, image } = cluster.spec
  return {
    name: 'etcd',
    image: etcdImage(cluster),
    imagePullPolicy: image.pullPolicy,
    command: ['etcd', '--config-file=/etc/etcd/$(POD_NAME).yaml'],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, ...etcdctlEnvironment(tls)],
    ports: [
      { name: 'client', containerPort: port.client },
      { name: 'peer', containerPort: port.peer },
      { name: 'metrics', containerPort: port.metrics },
    ],
    resources: pod.resources,
    securityContext: restrictedContainer,
    // The last log line tells why etcd refused to start; the operator reads it from the pod's status.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    // Nothing listens before the write-ahead log is replayed, which takes minutes for a large one: 12 minutes in all.
    startupProbe: { httpGet: { path: '/livez', port: 'metrics' }, periodSeconds: 1, failureThreshold: 720, timeoutSeconds: 5 },
    // A defragmentation blocks /livez for its duration: killing etcd then would make it begin again.
    livenessProbe: { httpGet: { path: '/livez', port: 'metrics' }, periodSeconds: 10, failureThreshold: 8, timeoutSeconds: 15 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 1, failureThreshold: 3, timeoutSeconds: 2 },
    volumeMounts: [
      { name: 'data', mountPath: '/var/lib/etcd' },
      { name: 'config', mountPath: '/etc/etcd', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      ...(tls === 'Off'
        ? []
        : Object.entries(certificateFolder).map(([name, mountPath]) => ({ name: `${name}-tls`, mountPath, readOnly: true }))),
    ],
  }
}

/** Another node weighs more than another zone: a node is lost more often. Preferred, so that a small cluster still runs. */
function spreadOut(cluster: EtcdCluster): object {
  const apart = (topologyKey: string) => ({ topologyKey, labelSelector: ownSelector(cluster) })
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, podAffinityTerm: apart('kubernetes.io/hostname') },
        { weight: 50, podAffinityTerm: apart('topology.kubernetes.io/zone') },
      ],
    },
  }
}

function ownSelector(cluster: EtcdCluster): object {
  return { matchLabels: { [label.cluster]: cluster.metadata.name } }
}

function clusterIdAnnotation(view: ClusterView): Readonly<Record<string, string>> {
  const clusterId = pinnedClusterId(view)
  return clusterId === undefined ? {} : { [annotation.clusterId]: clusterId }
}
