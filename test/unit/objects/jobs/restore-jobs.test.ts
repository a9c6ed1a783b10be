import { describe, expect, test } from 'vitest'
import type { AgentImage } from '../../../../src/model/agent/image.ts'
import { restoredRevision } from '../../../../src/model/cluster/restored.ts'
import { type JobNeeds, restoreCommand, restoreJob, verifyJob } from '../../../../src/objects/jobs/restore-jobs.ts'
import type { Manifest } from '../../../../src/objects/manifest.ts'
import { anEtcdCluster, incarnation, type SpecWish } from '../../../builders/a-cluster.ts'
import { from } from '../../../builders/a-restore.ts'
import { aRestoredCluster, atData } from '../../../builders/a-restored-cluster.ts'
import { type PodSpec, violations } from '../../deploy/pod-security.ts'

const image: AgentImage = { name: 'etcd-operator:1', pullPolicy: 'IfNotPresent', pullSecrets: [] }
const needs: JobNeeds = { image, mounts: { oneNode: false, node: undefined } }
const cluster = (spec: SpecWish = {}) => atData(aRestoredCluster(spec))
const verifying = (spec?: SpecWish) =>
  verifyJob(cluster(spec), { claimName: 'backups', path: 'demo/b1.db', expected: { sha256: 'aa', revision: '35' } }, needs)
const restoring = (spec?: SpecWish, more: Partial<JobNeeds> = {}) => restoreJob(cluster(spec), from, { ...needs, ...more })

describe('the Job that reads a backup', () => {
  test('goes with the EtcdCluster', () => {
    expect(verifying().metadata).toMatchObject({
      name: 'demo-verify',
      namespace: 'ns',
      labels: { 'etcd-operator.dev/cluster': 'demo', 'etcd-operator.dev/agent': 'verify' },
      ownerReferences: [{ kind: 'EtcdCluster', uid: 'uid-demo', controller: true }],
    })
  })

  test('mounts the backups read-only, and nothing else that lasts', () => {
    const { volumes, containers } = podOf(verifying())
    expect(volumes).toEqual([
      { name: 'tmp', emptyDir: {} },
      { name: 'backups', persistentVolumeClaim: { claimName: 'backups' } },
    ])
    expect(containers[0]?.volumeMounts).toContainEqual({ name: 'backups', mountPath: '/backups', readOnly: true })
  })

  test('runs where they are, even if no member may', () => {
    const affinityOfMembers = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }
    const wish = { nodeSelector: { disk: 'fast' }, tolerations: [{ operator: 'Exists' as const }], affinity: affinityOfMembers }
    const { nodeSelector, affinity, tolerations } = podOf(verifying({ pod: wish }))
    expect({ nodeSelector, affinity }).toEqual({})
    expect(tolerations).toEqual(wish.tolerations)
  })

  test('knows what the EtcdBackup says, and which etcd is to open the file', () => {
    const expected = { sha256: 'aa', revision: '35' }
    expect(taskOf(podOf(verifying()).containers[0])).toEqual({ do: 'verify', location: 'demo/b1.db', targetVersion: '3.6.16', expected })
  })
})

describe('the Job that writes a backup', () => {
  const pod = podOf(restoring())

  test('compares, restores beside the final folder, and renames, in this order', () => {
    expect([...pod.initContainers, ...pod.containers].map(({ name }) => name)).toEqual(['prepare', 'etcdutl', 'agent'])
    expect(taskOf(pod.initContainers[0])).toEqual({
      do: 'prepare',
      location: 'demo/b1.db',
      size: from.size,
      bodySha256: from.bodySha256,
      target: incarnation,
    })
    expect(taskOf(pod.containers[0])).toEqual({
      do: 'publish',
      target: incarnation,
      totalKeys: 29,
      liveKeys: 27,
      revision: '35',
      bump: '1000000000',
    })
  })

  test('runs etcdutl of the version that is going to open the data, without a shell', () => {
    const [, etcdutl] = pod.initContainers
    expect(etcdutl).toMatchObject({ image: 'gcr.io/etcd-development/etcd:v3.6.16', terminationMessagePolicy: 'FallbackToLogsOnError' })
    expect(etcdutl?.command).toEqual([
      'etcdutl',
      'snapshot',
      'restore',
      '/source/snapshot.db',
      '--name=demo-0',
      `--data-dir=/var/lib/etcd/${incarnation}.restoring`,
      '--initial-cluster=demo-0=http://demo-0.demo-peers.ns.svc:2380',
      '--initial-cluster-token=demo-uid-demo-0',
      '--initial-advertise-peer-urls=http://demo-0.demo-peers.ns.svc:2380',
      '--bump-revision=1000000000',
      '--mark-compacted',
    ])
  })

  test('shows the image of the user’s choice nothing of the claim with the backups but a copy of the one file', () => {
    const [, etcdutl] = pod.initContainers
    expect(pod.volumes).toContainEqual({ name: 'backups', persistentVolumeClaim: { claimName: 'backups' } })
    expect(etcdutl?.volumeMounts?.map(({ name, readOnly = false }) => ({ name, readOnly }))).toEqual([
      { name: 'tmp', readOnly: false },
      { name: 'source', readOnly: true },
      { name: 'data', readOnly: false },
    ])
    expect(pod.volumes).toContainEqual({ name: 'source', emptyDir: {} })
  })

  test('no container of the operator’s image can write to the backups', () => {
    for (const container of [...pod.initContainers, ...pod.containers].filter(({ name }) => name !== 'etcdutl'))
      expect(container.volumeMounts?.filter(({ name }) => name === 'backups')).toEqual([
        { name: 'backups', mountPath: '/backups', readOnly: true },
      ])
  })

  test('writes into the folder of its own incarnation alone', () => {
    const texts = JSON.stringify(restoring())
    expect([...texts.matchAll(/\/var\/lib\/etcd[^"]*/g)].map(([path]) => path).filter((path) => path !== '/var/lib/etcd')).toEqual([
      `/var/lib/etcd/${incarnation}.restoring`,
    ])
  })

  test('is no pod that a Service, a budget or the StatefulSet could take for a member', () => {
    expect(pod.labels['etcd-operator.dev/cluster']).toBeUndefined()
    expect(restoring().metadata.labels?.['etcd-operator.dev/cluster']).toBe('demo')
  })

  test('is scheduled like the member whose volume gets its place with it', () => {
    const wish = {
      resources: { requests: { cpu: '1' } },
      labels: { team: 'a' },
      nodeSelector: { disk: 'fast' },
      tolerations: [{ key: 'etcd', operator: 'Exists' as const }],
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] } },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' as const }],
      priorityClassName: 'high',
    }
    const like = podOf(restoring({ pod: wish }))
    const { resources, labels, topologySpreadConstraints, ...scheduling } = wish
    expect(like).toMatchObject(scheduling)
    const members = { labelSelector: { matchLabels: { 'etcd-operator.dev/cluster': 'demo' } } }
    expect(like.topologySpreadConstraints).toEqual(topologySpreadConstraints.map((each) => ({ ...members, ...each })))
    expect(like.labels).toMatchObject(labels)
    for (const container of [...like.initContainers, ...like.containers]) expect(container).toMatchObject({ resources })
  })

  describe('with terms of the user’s own for what it is to be near', () => {
    const mounts = { oneNode: true, node: undefined }
    const near = (labelSelector: object) => ({ topologyKey: 'zone', labelSelector })
    const term = near({ matchLabels: { app: 'x' } })
    const required = (...terms: readonly object[]) => {
      const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } }
      const like = podOf(restoring({ pod: { affinity } }, { mounts }))
      return (like.affinity as Affinity).podAffinity.requiredDuringSchedulingIgnoredDuringExecution
    }
    const beside = [{ topologyKey: 'kubernetes.io/hostname' }]

    test('keeps to those: no pod is near it that meets them and is a Job as well', () => {
      expect(required(term)).toEqual([term])
    })

    test('leaves out what only members meet, of which none is there yet', () => {
      const exists = { key: 'etcd-operator.dev/cluster', operator: 'Exists' }
      const names = { key: 'etcd-operator.dev/cluster', operator: 'In', values: ['demo'] }
      expect(required(near({ matchLabels: { 'app.kubernetes.io/instance': 'demo' } }))).toMatchObject(beside)
      expect(required(near({ matchExpressions: [exists, names] }), term)).toEqual([term])
    })

    test('keeps what other clusters’ members meet, and what nobody can read', () => {
      const other = near({ matchExpressions: [{ key: 'etcd-operator.dev/cluster', operator: 'NotIn', values: ['demo'] }] })
      const apart = near({ matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'DoesNotExist' }] })
      expect(required(other, apart)).toEqual([other, apart])
      expect(required({ topologyKey: 'zone' })).toEqual([{ topologyKey: 'zone' }])
    })
  })

  test('is not tried by two pods at once, and not again after a final failure', () => {
    expect(restoring().spec).toMatchObject({
      podReplacementPolicy: 'Failed',
      podFailurePolicy: { rules: expect.arrayContaining([{ action: 'FailJob', onExitCodes: { operator: 'In', values: [3] } }]) },
    })
  })

  test('passes Pod Security restricted, with a read-only root file system and no token', () => {
    for (const job of [verifying(), restoring()]) {
      const spec = podOf(job)
      expect(violations(spec)).toEqual([])
      expect(spec).toMatchObject({ automountServiceAccountToken: false, restartPolicy: 'Never' })
      for (const container of [...spec.initContainers, ...spec.containers])
        expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true })
    }
  })
})

test('two clusters of one name never share a token', () => {
  const { metadata } = anEtcdCluster()
  const tokens = ['a', 'b'].map((uid) => {
    const view = cluster().withStatus({ bootstrap: { size: 1, token: `demo-${uid}-0`, incarnation } })
    return restoreCommand(view.with({ cluster: { ...view.cluster, metadata: { ...metadata, uid } } }), from)[7]
  })
  expect(new Set(tokens).size).toBe(2)
})

test('the revision is added up without losing a digit', () => {
  expect(restoredRevision({ lastEntry: '9007199254740993', bump: '1000000000' })).toBe('9007200254740993')
})

interface Affinity {
  readonly podAffinity: { readonly requiredDuringSchedulingIgnoredDuringExecution: readonly object[] }
}

interface Container {
  readonly name: string
  readonly command?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly readOnly?: boolean }[]
}

type Pod = PodSpec &
  Readonly<Record<string, unknown>> & {
    readonly labels: Readonly<Record<string, string>>
    readonly containers: readonly Container[]
    readonly initContainers: readonly Container[]
  }

/** A builder's output is plain JSON, which no type describes. */
function podOf(job: Manifest): Pod {
  const { template } = job.spec as { template: { metadata: { labels: Record<string, string> }; spec: Pod } }
  return { ...template.spec, labels: template.metadata.labels, initContainers: template.spec.initContainers ?? [] }
}

function taskOf(container: Container | undefined): unknown {
  return JSON.parse(container?.env?.find(({ name }) => name === 'AGENT_TASK')?.value ?? 'null')
}
