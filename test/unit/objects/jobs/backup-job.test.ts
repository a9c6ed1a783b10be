import { describe, expect, test } from 'vitest'
import type { AgentTask } from '../../../../src/model/agent/task.ts'
import { agentSecret, agentSecretName, backupJob, deletionJob } from '../../../../src/objects/jobs/backup-job.ts'
import type { Manifest } from '../../../../src/objects/manifest.ts'
import { aBackup, aFormedCluster, backupUid } from '../../../builders/a-backup.ts'

const image = { name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }
const cluster = aFormedCluster()

describe('the Job that takes a backup', () => {
  const job = backupJob(aBackup(), cluster, image)

  test('goes with its EtcdBackup', () => {
    expect(job.metadata).toMatchObject({
      name: 'b1-backup',
      namespace: 'ns',
      labels: { 'etcd-operator.dev/agent': 'backup', 'etcd-operator.dev/backup': 'b1' },
      ownerReferences: [{ kind: 'EtcdBackup', name: 'b1', uid: backupUid, controller: true, blockOwnerDeletion: true }],
    })
  })

  test('asks the voters alone, each by its own name, of the pinned cluster', () => {
    expect(taskOf(job)).toEqual({
      do: 'backup',
      backup: { namespace: 'ns', name: 'b1', uid: backupUid, startTime: '2026-11-21T09:59:00Z' },
      cluster: { name: 'demo', uid: 'uid-demo', spec: cluster.spec, tls: 'Off' },
      clusterId: 'c1c1',
      endpoints: ['demo-0', 'demo-1', 'demo-2'].map((member) => ({ member, url: `http://${member}.demo-peers.ns.svc:2379` })),
      location: 'demo/b1.db',
    })
  })

  test('may take as long as is left of the time of the backup', () => {
    expect(job.spec).toMatchObject({ activeDeadlineSeconds: 29 * 60 })
    expect(backupJob(aBackup().after(40), cluster, image).spec).toMatchObject({ activeDeadlineSeconds: 1 })
  })
})

describe('where the members speak TLS', () => {
  const encrypted = { ...cluster, status: { ...cluster.status, tls: { mode: 'Optional' } } } as typeof cluster
  const view = aBackup()
  const job = backupJob(view, encrypted, image)

  test('the Job dials with TLS, expects the name of the Service, and says in its manifest how the cluster spoke', () => {
    expect(taskOf(job)).toMatchObject({
      cluster: { tls: 'Optional' },
      tls: { serverName: 'demo.ns.svc' },
      endpoints: expect.arrayContaining([{ member: 'demo-0', url: 'https://demo-0.demo-peers.ns.svc:2379' }]),
    })
  })

  test('its certificate is a file of a Secret of its own, and stands nowhere else', () => {
    const secret = agentSecret(view, { 'tls.key': 'KEY', 'tls.crt': 'CERT', 'ca.crt': 'CA' })
    expect(secret.metadata).toMatchObject({ name: agentSecretName(view), ownerReferences: [{ kind: 'EtcdBackup', uid: backupUid }] })
    expect(secret.metadata.name).toMatch(/^b1-backup-/)
    expect(job.spec).toMatchObject({
      template: {
        spec: {
          volumes: expect.arrayContaining([{ name: 'credentials', secret: { secretName: secret.metadata.name, defaultMode: 0o440 } }]),
          containers: [
            { volumeMounts: expect.arrayContaining([{ name: 'credentials', mountPath: '/etc/etcd-tls/agent', readOnly: true }]) },
          ],
        },
      },
    })
    // Another Job gets another Secret: that of the Job before may be about to go with it.
    expect(agentSecretName({ ...view, now: view.now + 1 })).not.toBe(agentSecretName(view))
  })

  test('the Job that removes the file has none', () => {
    expect(JSON.stringify(deletionJob(aBackup(), image))).not.toContain('credentials')
  })
})

test('what the Job of a backup reports outlives a week without the operator, which removes the Job itself', () => {
  expect(backupJob(aBackup(), cluster, image).spec).toMatchObject({ ttlSecondsAfterFinished: 7 * 24 * 3600 })
})

describe('the Job that removes its file', () => {
  const job = deletionJob(aBackup().withStatus({ location: 'demo/b1.db' }), image)

  test('names the file and the backup that must have written it', () => {
    expect(taskOf(job)).toEqual({ do: 'delete', backupUid, location: 'demo/b1.db' })
  })

  test('has no owner: foreground deletion would take it before its work is done', () => {
    expect(job.metadata.ownerReferences).toBeUndefined()
    expect(job.metadata).toMatchObject({ name: 'b1-delete', annotations: { 'etcd-operator.dev/backup-uid': backupUid } })
  })

  test('can be made when the cluster is long gone', () => {
    expect(() => deletionJob(aBackup().with({ cluster: undefined, claim: undefined }), image)).not.toThrow()
  })
})

function taskOf(job: Manifest): AgentTask {
  const { template } = job.spec as { template: { spec: { containers: { env: { name: string; value: string }[] }[] } } }
  const value = template.spec.containers[0]?.env.find(({ name }) => name === 'AGENT_TASK')?.value
  return JSON.parse(value ?? '')
}
