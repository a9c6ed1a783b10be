import { describe, expect, test } from 'vitest'
import { label, recommended } from '../../../src/api/labels.ts'
import { whyOutdated } from '../../../src/model/cluster/revision.ts'
import { volumeName } from '../../../src/model/names.ts'
import { dataVolume, dataVolumeTemplate } from '../../../src/objects/cluster/data-volume.ts'
import { desiredObjects } from '../../../src/objects/cluster/desired.ts'
import { podMarks } from '../../../src/objects/cluster/marks.ts'
import { specChanges } from '../../../src/objects/cluster/spec-changes.ts'
import { podTemplate, statefulSet } from '../../../src/objects/cluster/stateful-set.ts'
import { templateDifferences } from '../../../src/objects/cluster/template-differences.ts'
import { agentSecret, backupJob, deletionJob } from '../../../src/objects/jobs/backup-job.ts'
import { backupBeforeChange, scheduledBackup } from '../../../src/objects/scheduled-backup.ts'
import { certificateSecret } from '../../../src/objects/tls/secrets.ts'
import { bindingSecret } from '../../../src/objects/user/binding-secret.ts'
import { aBackup, aFormedCluster } from '../../builders/a-backup.ts'
import { aCluster, anEtcdCluster } from '../../builders/a-cluster.ts'
import { anEtcdBackupSchedule } from '../../builders/a-schedule.ts'
import { anEtcdUser } from '../../builders/a-user.ts'

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */

const running = aCluster().running()
const cluster = anEtcdCluster()
const image = { name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }
const job = backupJob(aBackup(), aFormedCluster(), image)
const podOfJob = (made: object) =>
  (made as { spec: { template: { metadata: { labels: Record<string, string> } } } }).spec.template.metadata.labels

const ofMember = {
  'app.kubernetes.io/name': 'etcd',
  'app.kubernetes.io/instance': 'demo',
  'app.kubernetes.io/component': 'member',
  'app.kubernetes.io/part-of': 'demo',
  'app.kubernetes.io/managed-by': 'etcd-operator',
}

describe('the recommended labels stand on', () => {
  test('every object of a cluster that is deleted with it', () => {
    const all = [...desiredObjects(running), statefulSet(running, 3), certificateSecret(cluster, 'client', {}, {})]
    expect(all.length).toBeGreaterThan(6)
    for (const { kind, metadata } of all) expect(metadata.labels, kind).toMatchObject(ofMember)
  })

  test('the StatefulSet and each new pod, with the version of etcd', () => {
    const labelled = { ...ofMember, 'app.kubernetes.io/version': '3.6.16' }
    const sets = [...desiredObjects(running), statefulSet(running, 3)].filter(({ kind }) => kind === 'StatefulSet')
    expect(sets).toHaveLength(2)
    for (const { metadata } of sets) expect(metadata.labels).toMatchObject(labelled)
    expect(podTemplate(cluster)).toMatchObject({ metadata: { labels: labelled } })
  })

  test('what an EtcdUser connects with', () => {
    const { metadata } = bindingSecret(anEtcdUser(), cluster, { trust: undefined, pair: undefined, password: undefined })
    expect(metadata.labels).toMatchObject({ ...ofMember, 'app.kubernetes.io/component': 'user' })
  })

  test.each([
    ['a Job', job.metadata, { 'app.kubernetes.io/name': 'etcd-operator-agent', 'app.kubernetes.io/component': 'backup' }],
    ['the Secret of a Job', agentSecret(aBackup(), {}).metadata, { 'app.kubernetes.io/name': 'etcd-operator-agent' }],
    ['an EtcdBackup of a schedule', scheduledBackup(anEtcdBackupSchedule(), 'b1').metadata, { 'app.kubernetes.io/name': 'etcd-backup' }],
    [
      'an EtcdBackup before a version change',
      backupBeforeChange(cluster, 'b1', { volume: { claimName: 'backups' } }).metadata,
      { 'app.kubernetes.io/component': 'backup' },
    ],
  ])('%s', (_, { labels }, own) => {
    expect(labels).toMatchObject({ ...own, 'app.kubernetes.io/part-of': 'demo', 'app.kubernetes.io/managed-by': 'etcd-operator' })
  })
})

describe('a tool that prunes by app.kubernetes.io/instance never finds', () => {
  test.each([
    ['a volume', (dataVolumeTemplate(running) as { metadata: { labels: object } }).metadata.labels],
    ['a volume that is restored', dataVolume(running, volumeName('demo-0')).metadata.labels],
    ['an EtcdBackup of a schedule', scheduledBackup(anEtcdBackupSchedule(), 'b1').metadata.labels],
    ['an EtcdBackup before a version change', backupBeforeChange(cluster, 'b1', { volume: { claimName: 'backups' } }).metadata.labels],
    ['the Job that deletes a file', deletionJob(aBackup(), image).metadata.labels],
  ])('%s', (_, labels) => {
    expect(Object.keys(labels ?? {})).not.toContain(recommended.instance)
    expect(Object.keys(labels ?? {}).length).toBeGreaterThan(0)
  })
})

test('affinities by which members are placed do not find the pods of Jobs', () => {
  const own = [recommended.instance, recommended.partOf, recommended.version]
  expect(Object.keys(podOfJob(job)).filter((key) => own.some((one) => one === key))).toEqual([])
  expect(podOfJob(job)).not.toMatchObject({ [recommended.name]: 'etcd' })
})

describe('pods that an earlier version of the operator made', () => {
  const { [recommended.partOf]: _, ...labels } = ofMember
  const earlier = running
    .withPod('demo-0', { labels, revision: 'rev-0' })
    .withPod('demo-1', { labels, revision: 'rev-0' })
    .withPod('demo-2', { labels, revision: 'rev-0' })

  test('are not restarted for a label, in no window', () => {
    expect(['demo-0', 'demo-1', 'demo-2'].flatMap((name) => whyOutdated(earlier, name))).toEqual([])
  })

  test('get the labels that always hold, and not the version, which only a new pod is made for', () => {
    expect(podMarks(earlier).map((marks) => marks.labels)).toEqual([1, 2, 3].map(() => ({ [recommended.partOf]: 'demo' })))
  })

  test('come from a template that differs in labels, which is no change of the spec', () => {
    if (running.statefulSet.state !== 'ours') throw new Error('there is no StatefulSet')
    const template = podTemplate(cluster) as { metadata: object }
    const before = {
      ...template,
      metadata: { ...template.metadata, labels: { ...labels, [label.cluster]: 'demo', [label.serving]: 'true' } },
    }
    const view = earlier.with({ statefulSet: { ...running.statefulSet, value: { ...running.statefulSet.value, podTemplate: before } } })
    expect(templateDifferences(before, cluster).map(({ path }) => path)).toEqual([
      `metadata.labels.${recommended.partOf}`,
      `metadata.labels.${recommended.version}`,
    ])
    expect(specChanges(view)).toEqual([])
  })

  test('keep the version that they were made for while a newer one is asked for', () => {
    const versioned = running.withPod('demo-1', { labels: { ...ofMember, [recommended.version]: '3.6.11' } })
    expect(podMarks(versioned).flatMap((marks) => Object.keys(marks.labels))).toEqual([])
  })
})
