import { describe, expect, test } from 'vitest'
import { perform } from '../../../../src/act/cluster/steps.ts'
import type { ClusterObjects } from '../../../../src/observe/cluster/objects.ts'
import type { Step } from '../../../../src/plan/cluster/step.ts'
import type { Scene } from '../../../builders/a-cluster.ts'
import { from } from '../../../builders/a-restore.ts'
import { aRestoredCluster, atData, atMember, jobNeeds } from '../../../builders/a-restored-cluster.ts'
import { fakeEtcd } from '../fake-etcd.ts'
import { fakeKube, type Stored } from '../fake-kube.ts'

const wished = aRestoredCluster()
const cluster: Stored = { metadata: { name: 'demo', uid: 'uid-demo', resourceVersion: '1' } }

const createVerifyJob: Step = {
  do: 'CreateVerifyJob',
  job: 'demo-verify',
  file: { claimName: 'backups', path: 'demo/b1.db' },
  needs: jobNeeds,
}
const createVolume: Step = { do: 'CreateVolume', member: 'demo-0', volume: 'data-demo-0' }
const createRestoreJob: Step = { do: 'CreateRestoreJob', job: 'demo-restore', member: 'demo-0', from, needs: jobNeeds }
const deleteJob: Step = { do: 'DeleteJob', job: 'demo-restore', uid: 'uid-job' }

function world(stored: Readonly<Record<string, Stored>> = { 'etcdclusters/demo': cluster }) {
  const { kube, objects, demanded } = fakeKube(stored)
  const { etcd } = fakeEtcd('', {}, '')
  // Nothing of these is looked at by the steps of a restore.
  const nothing = {} as ClusterObjects
  const { signal } = new AbortController()
  const never = () => expect.unreachable('no step of a restore goes on beside the passes')
  const take = (step: Step, view: Scene) => perform({ kube, live: kube, etcd, view, objects: nothing, signal, begin: never }, step.do, step)
  return { take, objects, demanded }
}

describe('what a cluster begins with', () => {
  test('is frozen with the rest of the beginning', async () => {
    const { take, objects } = world()
    await take({ do: 'FreezeBootstrap', size: 1, token: 'demo-uid-demo-0', incarnation: 'inc0', begins: { as: 'restored', from } }, wished)
    const bootstrap = { size: 1, token: 'demo-uid-demo-0', incarnation: 'inc0', restore: from }
    expect(objects.get('etcdclusters/demo')?.status).toEqual({ bootstrap, logsFrom: '3.6' })
  })

  test('stays as it was when the cluster ID and the number of keys are kept', async () => {
    const bootstrap = { size: 1, token: 'demo-uid-demo-0', incarnation: 'inc0', restore: from }
    const { take, objects } = world({ 'etcdclusters/demo': { ...cluster, status: { bootstrap } } })
    await take({ do: 'PinCluster', clusterId: 'c1c1', restoredKeys: 27 }, atMember(wished))
    expect(objects.get('etcdclusters/demo')?.status).toEqual({
      clusterID: 'c1c1',
      bootstrap: { ...bootstrap, restore: { ...from, restoredKeys: 27 } },
    })
  })

  test('is not kept over a status that somebody wrote meanwhile', async () => {
    const { take } = world({ 'etcdclusters/demo': { metadata: { ...cluster.metadata, resourceVersion: '2' } } })
    await expect(take({ do: 'PinCluster', clusterId: 'c1c1', restoredKeys: 27 }, atMember(wished))).rejects.toMatchObject({
      kind: 'conflict',
    })
  })
})

describe('a step of a restore', () => {
  test('makes the Job that reads the file', async () => {
    const { take, objects } = world()
    await take(createVerifyJob, wished)
    expect([...objects.keys()]).toContain('jobs/demo-verify')
  })

  test('makes the claim of the first member, which has no owner', async () => {
    const { take, objects } = world()
    await take(createVolume, atData(wished))
    const metadata = objects.get('persistentvolumeclaims/data-demo-0')?.metadata
    expect(metadata).not.toHaveProperty('ownerReferences')
    expect(metadata).toMatchObject({
      labels: { 'etcd-operator.dev/cluster': 'demo' },
      annotations: { 'etcd-operator.dev/cluster-uid': 'uid-demo', 'etcd-operator.dev/incarnation': 'inc0' },
    })
  })

  test('makes the Job that writes the data', async () => {
    const { take, objects } = world()
    await take(createRestoreJob, atData(wished))
    expect([...objects.keys()]).toContain('jobs/demo-restore')
  })

  test.each([
    ['jobs/demo-verify', createVerifyJob],
    ['persistentvolumeclaims/data-demo-0', createVolume],
    ['jobs/demo-restore', createRestoreJob],
  ])('never takes over %s of somebody else', async (key, step) => {
    const theirs: Stored = { metadata: { name: key.split('/')[1] ?? '', uid: 'theirs', resourceVersion: '1' } }
    const { take, objects } = world({ [key]: theirs })
    await expect(take(step, atData(wished))).rejects.toMatchObject({ kind: 'conflict' })
    expect(objects.get(key)).toEqual(theirs)
  })

  test('removes the Job that was seen, and no other of its name', async () => {
    const { take, demanded } = world({ 'jobs/demo-restore': { metadata: { name: 'demo-restore', uid: 'another', resourceVersion: '1' } } })
    await expect(take(deleteJob, atData(wished))).rejects.toMatchObject({ kind: 'conflict' })
    expect(demanded).toEqual([{ uid: 'uid-job', resourceVersion: undefined }])
  })
})
