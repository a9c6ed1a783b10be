import { expect, test } from 'vitest'
import { sourceJob } from '../../../../src/objects/jobs/source-job.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'
import { aRestore, snapshot } from '../../../builders/a-restore.ts'
import { type PodSpec, violations } from '../../deploy/pod-security.ts'

const file = { claimName: 'backups', path: 'demo/b1.db', expected: { sha256: snapshot.sha256, revision: '35' } }
const image = { name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }

interface Job {
  readonly metadata: object
  readonly spec: { readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec & Pod } }
}
interface Pod {
  readonly containers: readonly { readonly env: readonly { name: string; value: string }[]; readonly volumeMounts: readonly object[] }[]
  readonly tolerations?: readonly object[]
  readonly nodeSelector?: object
  readonly affinity?: object
}

function theJob(like = undefined as Parameters<typeof sourceJob>[3]): Job {
  return sourceJob(aRestore(), file, image, like) as unknown as Job
}

test('goes with its EtcdRestore, and no selector of a cluster finds its pod', () => {
  const { metadata, spec } = theJob()
  expect(metadata).toMatchObject({
    name: 'r1-source',
    namespace: 'ns',
    labels: { 'etcd-operator.dev/restore': 'r1', 'etcd-operator.dev/agent': 'verify' },
    ownerReferences: [{ kind: 'EtcdRestore', name: 'r1', uid: 'uid-r1', controller: true }],
  })
  expect(Object.keys(spec.template.metadata.labels)).not.toContain('etcd-operator.dev/cluster')
})

// Safety: nothing that the Job does can change a backup, or any member's data.
test('mounts the volume with the backups read-only, and nothing else of anybody', () => {
  const { spec } = theJob().spec.template
  expect(spec.volumes).toEqual([
    { name: 'tmp', emptyDir: {} },
    { name: 'backups', persistentVolumeClaim: expect.objectContaining({ claimName: 'backups' }) },
  ])
  expect(spec.containers[0]?.volumeMounts).toContainEqual({ name: 'backups', mountPath: '/backups', readOnly: true })
  expect(violations(spec)).toEqual([])
})

test('tells the agent what the EtcdBackup says of the file', () => {
  const task = theJob().spec.template.spec.containers[0]?.env.find(({ name }) => name === 'AGENT_TASK')?.value
  expect(JSON.parse(task ?? '')).toEqual({ do: 'verify', location: 'demo/b1.db', expected: file.expected })
})

test('is scheduled like the members of the cluster that is wished for', () => {
  const tolerations = [{ key: 'etcd', operator: 'Exists' as const }]
  expect(theJob(anEtcdCluster({ pod: { tolerations } }).spec).spec.template.spec.tolerations).toEqual(tolerations)
  expect(theJob().spec.template.spec).not.toHaveProperty('tolerations')
})

test('runs where the backups are, wherever the members are meant to be', () => {
  const like = anEtcdCluster({
    pod: { nodeSelector: { disk: 'fast' }, affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } },
  }).spec
  const { nodeSelector, affinity } = theJob(like).spec.template.spec
  expect({ nodeSelector, affinity }).toEqual({ affinity: theJob().spec.template.spec.affinity })
})
