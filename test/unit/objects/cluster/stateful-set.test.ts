import { describe, expect, test } from 'vitest'
import type { EtcdCluster } from '../../../../src/api/etcd-cluster.ts'
import { templateHash } from '../../../../src/model/cluster/revision.ts'
import { podTemplate, statefulSet, statefulSetAssertions } from '../../../../src/objects/cluster/stateful-set.ts'
import { aCluster, anEtcdCluster, type SpecWish } from '../../../builders/a-cluster.ts'
import { type PodSpec, violations } from '../../deploy/pod-security.ts'

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> }
  readonly spec: PodSpec & Readonly<Record<string, unknown>>
}
const templateOf = (spec: SpecWish = {}, base: EtcdCluster = anEtcdCluster(spec)) => podTemplate(base) as Template
const containerOf = (spec: SpecWish = {}) => templateOf(spec).spec.containers[0]

describe('the StatefulSet', () => {
  const set = statefulSet(aCluster().running(), 3)

  test('never restarts a pod and never deletes a volume by itself', () => {
    expect(set.spec).toMatchObject({
      replicas: 3,
      serviceName: 'demo-peers',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      selector: { matchLabels: { 'etcd-operator.dev/cluster': 'demo' } },
    })
  })

  test('carries template, data directory and cluster ID', () => {
    expect(set.metadata.annotations).toEqual({
      'etcd-operator.dev/template': templateHash(anEtcdCluster()),
      'etcd-operator.dev/version': '3.6.16',
      'etcd-operator.dev/incarnation': 'inc0',
      'etcd-operator.dev/cluster-id': 'c1c1',
    })
    expect(set.metadata.ownerReferences).toEqual([expect.objectContaining({ uid: 'uid-demo' })])
  })

  test('carries no cluster ID before there is one', () => {
    expect(statefulSet(aCluster().frozen(), 3).metadata.annotations).not.toHaveProperty(['etcd-operator.dev/cluster-id'])
  })

  test('is asserted on every pass without the hash of a template that it may not carry', () => {
    expect(statefulSetAssertions(aCluster().running()).metadata.annotations).toEqual({
      'etcd-operator.dev/incarnation': 'inc0',
      'etcd-operator.dev/cluster-id': 'c1c1',
    })
  })

  test('selects the pods that it makes', () => {
    expect(templateOf().metadata.labels).toMatchObject({ 'etcd-operator.dev/cluster': 'demo' })
  })
})

describe('the certificates', () => {
  type Named = readonly { readonly name: string }[]
  const partsOf = (mode: 'Off' | 'Optional' | 'Required') => {
    const { spec, metadata } = templateOf({ tls: { mode } })
    const { env, volumeMounts } = containerOf({ tls: { mode } }) as unknown as { env: Named; volumeMounts: Named }
    return { spec, metadata, volumes: spec.volumes as Named, env, volumeMounts }
  }

  test('are no part of a pod that speaks plain text', () => {
    const { volumes, volumeMounts, env } = partsOf('Off')
    for (const names of [volumes, volumeMounts]) expect(names.filter(({ name }) => name.endsWith('-tls'))).toEqual([])
    expect(env.map(({ name }) => name)).toEqual(['POD_NAME'])
    expect(templateHash(anEtcdCluster({ tls: { mode: 'Off' } }))).toBe(templateHash(anEtcdCluster()))
    expect(templateHash(anEtcdCluster({ tls: { mode: 'Optional' } }))).not.toBe(templateHash(anEtcdCluster()))
  })

  test.each(['Optional', 'Required'] as const)('are mounted where TLS is %s, and only the group of the process can read them', (mode) => {
    const { volumes, volumeMounts } = partsOf(mode)
    expect(volumes).toContainEqual({
      name: 'peer-tls',
      secret: {
        secretName: 'demo-peer-tls',
        defaultMode: 0o440,
        items: ['ca.crt', 'tls.crt', 'tls.key', 'dial.crt', 'dial.key'].map((key) => ({ key, path: key })),
      },
    })
    expect(volumes).toContainEqual(expect.objectContaining({ secret: expect.objectContaining({ secretName: 'demo-server-tls' }) }))
    expect(volumeMounts).toContainEqual({ name: 'server-tls', mountPath: '/etc/etcd-tls/server', readOnly: true })
    // Whoever reads the key of a CA can be anybody.
    expect(JSON.stringify(volumes)).not.toMatch(/-ca"/)
    expect(violations(templateOf({ tls: { mode } }).spec)).toEqual([])
  })

  test('are those of etcdctl in the pod, where plain text is refused', () => {
    expect(partsOf('Optional').env).toHaveLength(1)
    expect(partsOf('Required').env).toEqual(
      expect.arrayContaining([
        { name: 'ETCDCTL_ENDPOINTS', value: 'https://127.0.0.1:2379' },
        { name: 'ETCDCTL_CACERT', value: '/etc/etcd-tls/client/ca.crt' },
        { name: 'ETCDCTL_CERT', value: '/etc/etcd-tls/client/tls.crt' },
        { name: 'ETCDCTL_KEY', value: '/etc/etcd-tls/client/tls.key' },
      ]),
    )
  })

  // A roll restarts members for their settings; a template that lost its certificates afterwards restarts nobody.
  test('restart nobody by themselves', () => {
    const hashesOf = (mode: 'Off' | 'Required') =>
      ['pod-spec', 'template-form'].map((name) => partsOf(mode).metadata.annotations[`etcd-operator.dev/${name}`])
    expect(hashesOf('Required')).toEqual(hashesOf('Off'))
  })
})

describe('a volume claim', () => {
  const claimOf = (spec: SpecWish) => statefulSet(aCluster(spec).frozen(), 1).spec

  test('carries labels of ours alone, and says whose it is', () => {
    expect(claimOf({})).toMatchObject({
      volumeClaimTemplates: [
        {
          metadata: {
            name: 'data',
            labels: { 'etcd-operator.dev/cluster': 'demo' },
            annotations: { 'etcd-operator.dev/cluster-uid': 'uid-demo', 'etcd-operator.dev/incarnation': 'inc0' },
          },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    })
    const [claim] = (claimOf({}) as { volumeClaimTemplates: readonly { metadata: { labels: object }; spec: object }[] })
      .volumeClaimTemplates
    expect(Object.keys(claim?.metadata.labels ?? {})).toEqual(['etcd-operator.dev/cluster'])
    expect(claim?.spec).not.toHaveProperty('storageClassName')
  })

  test('names a StorageClass when one is asked for', () => {
    expect(claimOf({ storage: { size: '1Gi', className: 'quick' } })).toMatchObject({
      volumeClaimTemplates: [{ spec: { storageClassName: 'quick' } }],
    })
  })
})

describe('a pod', () => {
  test('keeps to the restricted standard', () => {
    expect(violations(templateOf().spec)).toEqual([])
    expect(containerOf()?.securityContext).toMatchObject({ readOnlyRootFilesystem: true })
    expect(templateOf().spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false })
  })

  test('may write to its volume as a user that is not root', () => {
    expect(templateOf().spec.securityContext).toMatchObject({ runAsUser: 65532, fsGroup: 65532, fsGroupChangePolicy: 'OnRootMismatch' })
  })

  test('does not change with the size of the cluster, the policies, or the operator’s doings', () => {
    const cluster = anEtcdCluster()
    const other = anEtcdCluster({ size: 5, paused: true, storage: { size: '2Gi', deletionPolicy: 'Delete' } })
    expect(podTemplate(other)).toEqual(podTemplate(cluster))
  })

  test('carries labels and annotations of the user’s beside ours, which win', () => {
    const { metadata } = templateOf({
      pod: { labels: { team: 'a', 'etcd-operator.dev/cluster': 'other' }, annotations: { note: 'n' } },
    })
    expect(metadata.labels).toMatchObject({ team: 'a', 'etcd-operator.dev/cluster': 'demo' })
    expect(metadata.annotations).toMatchObject({ note: 'n' })
  })

  test('is sent clients by its template, so that a re-created pod serves without the operator', () => {
    const { metadata } = templateOf({ pod: { labels: { 'etcd-operator.dev/serving': 'false' } } })
    expect(metadata.labels).toMatchObject({ 'etcd-operator.dev/serving': 'true' })
  })

  test('of a StatefulSet from an earlier version is sent clients too, and no roll is due for that', () => {
    const asserted = statefulSetAssertions(aCluster().running())
    expect(asserted.spec).toEqual({ template: { metadata: { labels: { 'etcd-operator.dev/serving': 'true' } } } })
    expect(asserted.metadata.annotations).not.toHaveProperty(['etcd-operator.dev/template'])
  })

  test('prefers another node and another zone, unless the spec says where it goes', () => {
    expect(templateOf().spec).toMatchObject({
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname' } },
            { weight: 50, podAffinityTerm: { topologyKey: 'topology.kubernetes.io/zone' } },
          ],
        },
      },
    })
    const affinity = { nodeAffinity: {} }
    expect(templateOf({ pod: { affinity } }).spec.affinity).toEqual(affinity)
  })

  test('spreads by its own labels where the user names none', () => {
    const constraint = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' } as const
    expect(templateOf({ pod: { topologySpreadConstraints: [constraint] } }).spec.topologySpreadConstraints).toEqual([
      { ...constraint, labelSelector: { matchLabels: { 'etcd-operator.dev/cluster': 'demo' } } },
    ])
  })

  test('says nothing about what the spec leaves open', () => {
    for (const key of ['imagePullSecrets', 'nodeSelector', 'tolerations', 'topologySpreadConstraints', 'priorityClassName']) {
      expect(templateOf().spec).not.toHaveProperty(key)
    }
  })

  test('goes where the spec sends it', () => {
    const spec = templateOf({
      image: { pullSecrets: [{ name: 'registry' }] },
      pod: { nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'etcd', operator: 'Exists' }], priorityClassName: 'high' },
    }).spec
    expect(spec).toMatchObject({
      imagePullSecrets: [{ name: 'registry' }],
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'etcd', operator: 'Exists' }],
      priorityClassName: 'high',
    })
  })
})

describe('its etcd', () => {
  const rows: readonly (readonly [string, SpecWish, string])[] = [
    ['is of the wished version', { version: '3.6.16' }, 'gcr.io/etcd-development/etcd:v3.6.16'],
    ['comes from another registry', { image: { repository: 'registry.example:5000/etcd' } }, 'registry.example:5000/etcd:v3.6.16'],
    ['has a tag of its own', { image: { tag: '3.6.16-patched' } }, 'gcr.io/etcd-development/etcd:3.6.16-patched'],
  ]

  test.each(rows)('%s', (_, spec, image) => {
    expect(containerOf(spec)).toMatchObject({ name: 'etcd', image, imagePullPolicy: 'IfNotPresent' })
  })

  test('reads the file of its own member', () => {
    expect(containerOf()).toMatchObject({
      command: ['etcd', '--config-file=/etc/etcd/$(POD_NAME).yaml'],
      env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    })
  })

  test('gives its last words to the pod’s status', () => {
    expect(containerOf()).toMatchObject({ terminationMessagePolicy: 'FallbackToLogsOnError' })
  })

  test('is probed where it speaks plain HTTP', () => {
    expect(containerOf()).toMatchObject({
      startupProbe: { httpGet: { path: '/livez', port: 'metrics' } },
      livenessProbe: { httpGet: { path: '/livez', port: 'metrics' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
    })
  })
})

describe('the hash of the template', () => {
  const plain = templateHash(anEtcdCluster())

  test.each<[string, SpecWish]>([
    ['the version', { version: '3.6.17' }],
    ['the image', { image: { tag: 'x' } }],
    ['what etcd is told', { etcd: { snapshotCount: 5000 } }],
    ['the pod', { pod: { priorityClassName: 'high' } }],
  ])('changes with %s', (_, spec) => {
    expect(templateHash(anEtcdCluster(spec))).not.toBe(plain)
  })

  test.each<[string, SpecWish]>([
    ['the size', { size: 5 }],
    ['the volumes', { storage: { size: '2Gi', deletionPolicy: 'Delete', scaleDownPolicy: 'Retain' } }],
    ['the beginning', { bootstrap: { existingVolumes: 'Adopt' } }],
    ['repair', { repair: { automatic: false } }],
    ['a pause', { paused: true }],
  ])('does not change with %s', (_, spec) => {
    expect(templateHash(anEtcdCluster(spec))).toBe(plain)
  })

  test('does not change with the name of the cluster or the order of its keys', () => {
    const { spec, ...cluster } = anEtcdCluster()
    const turned = Object.fromEntries(Object.entries(spec).toReversed()) as EtcdCluster['spec']
    expect(templateHash({ ...cluster, metadata: { ...cluster.metadata, name: 'other' }, spec: turned })).toBe(plain)
  })
})
