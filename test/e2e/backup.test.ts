import { expect } from 'vitest'
import { JOB, POD } from '../../src/adapters/kube/kinds.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { backupHandle, conditionOf } from './backup-handle.ts'
import { backupVolume } from './backup-volume.ts'
import { etcdVersion } from './cluster-handle.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { until } from './until.ts'

const signal = () => AbortSignal.timeout(20_000)

scenario('a backup is a file that etcd’s own tool accepts, with a manifest that says all of it', { seconds: 150 }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  const volume = await backupVolume(stage)
  const { status: cluster } = await demo.untilReady()
  await put(stage, 25)

  const b1 = backupHandle(stage, 'b1')
  const made = await b1.create()
  const { status } = await b1.untilCompleted()
  expect(status).toMatchObject({ observedGeneration: 1, location: 'demo/b1.db', clusterID: cluster?.clusterID, etcdVersion })
  expect(status?.member, 'not the leader, which has more to do').not.toBe(cluster?.leader)
  expect(status?.verified?.result).toBe('Passed')
  expect(Date.parse(status?.completionTime ?? '')).toBeGreaterThanOrEqual(Date.parse(status?.startTime ?? ''))
  expect(status?.conditions).toEqual([
    expect.objectContaining({ type: 'Complete', status: 'True', reason: 'BackupCompleted' }),
    expect.objectContaining({ type: 'Stalled', status: 'False' }),
  ])

  expect(await volume.shell('busybox find . -type f | busybox sort')).toBe('./demo/b1.db\n./demo/b1.db.json')
  expect(await volume.shell('busybox sha256sum demo/b1.db')).toBe(`${status?.sha256}  demo/b1.db`)
  expect(await volume.shell('stat -c "%a %u" demo/b1.db')).toBe('600 65532')
  const told = await volume.snapshotStatus('demo/b1.db')
  expect({ revision: String(told.revision), totalKeys: told.totalKey }).toEqual({
    revision: status?.revision,
    totalKeys: status?.totalKeys,
  })
  const manifest = JSON.parse(await volume.shell('cat demo/b1.db.json'))
  const { conditions: _conditions, observedGeneration: _generation, ...stored } = status ?? {}
  expect(manifest).toMatchObject({
    backup: { name: 'b1', uid: made.metadata.uid },
    cluster: { name: 'demo', spec: { size: 3 } },
    status: stored,
  })

  const [header, row] = (await stage.kubectl(['get', 'ecb', 'b1'])).trim().split('\n')
  expect(header?.split(/\s+/)).toEqual(['NAME', 'CLUSTER', 'PHASE', 'REVISION', 'SIZE', 'VERIFIED', 'AGE'])
  expect(row).toMatch(/^b1\s+demo\s+Completed\s+\d+\s+\d+Ki\s+Passed\s+\d+s$/)

  // Nothing of an ended backup ever changes.
  const spec = '{"spec":{"cluster":"other"}}'
  await expect(stage.kubectl(['patch', 'ecb', 'b1', '--type=merge', '--patch', spec])).rejects.toThrow(/spec is immutable/)
  const phase = ['patch', 'ecb', 'b1', '--subresource=status', '--type=merge', '--patch', '{"status":{"phase":"Failed"}}']
  await expect(stage.kubectl(phase)).rejects.toThrow(/status.phase is terminal/)

  // Retain: the file stays, and the next backup of this name doesn't overwrite it.
  await b1.delete()
  await b1.create()
  const second = await b1.untilFailed()
  expect(conditionOf(second, 'Complete')).toMatchObject({ status: 'False', reason: 'FileExists' })
  expect(conditionOf(second, 'Stalled')?.status).toBe('True')
  expect(await volume.shell('busybox sha256sum demo/b1.db')).toBe(`${status?.sha256}  demo/b1.db`)

  // Delete: the file goes with the object, and no other.
  const b2 = backupHandle(stage, 'b2')
  await b2.create({ deletionPolicy: 'Delete' })
  await b2.untilCompleted()
  expect(await volume.shell('ls demo')).toBe('b1.db\nb1.db.json\nb2.db\nb2.db.json')
  await b2.delete('--cascade=foreground')
  expect(await volume.shell('ls demo')).toBe('b1.db\nb1.db.json')
})

scenario('two backups at once share a volume that one node mounts at a time', { seconds: 120 }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  const volume = await backupVolume(stage)
  const pair = ['x1', 'x2'].map((name) => backupHandle(stage, name))
  await demo.untilReady()
  await Promise.all(pair.map((backup, index) => backup.create({ path: `at once/${index}` })))
  await Promise.all(pair.map((backup) => backup.untilCompleted(90)))

  const nodes = (await Promise.all(pair.map((backup) => backup.pods()))).flat().map((pod) => pod.spec?.nodeName)
  expect(new Set(nodes).size).toBe(1)
  expect(await volume.shell('busybox find . -type f | busybox sort')).toBe(
    ['./at once/0/x1.db', './at once/0/x1.db.json', './at once/1/x2.db', './at once/1/x2.db.json'].join('\n'),
  )
})

scenario('what a backup lacks is waited for, until its time is over', { seconds: 90, skip: !isLong }, async (stage) => {
  const soon = backupHandle(stage, 'soon')
  const never = backupHandle(stage, 'never')
  await soon.create({ deletionPolicy: 'Delete' })
  await never.create({ cluster: 'other', timeout: '10s' })
  const missing = await soon.until('misses its cluster', 10, (one) => conditionOf(one, 'Stalled')?.reason === 'ClusterNotFound')
  expect(missing.status).toMatchObject({ phase: 'Pending', location: 'demo/soon.db' })

  const demo = stage.cluster('demo')
  await demo.create({ size: 1 })
  await soon.until('misses its claim', 40, (one) => conditionOf(one, 'Stalled')?.reason === 'ClaimNotFound')
  await backupVolume(stage)
  await soon.untilCompleted()

  const late = await never.untilFailed(30)
  expect(conditionOf(late, 'Complete')).toMatchObject({ reason: 'TimedOut', message: expect.stringContaining('ClusterNotFound') })
  expect(await never.job()).toBeUndefined()

  // A namespace that goes takes backups with it, whatever they would still remove.
  await stage.k8s.kubectl(['delete', 'namespace', stage.namespace, '--wait=false'])
  await until('the namespace is gone', 60, async () =>
    (await stage.k8s.kube.get(NAMESPACE, { name: stage.namespace }, signal())) === undefined ? true : undefined,
  )
})

scenario('an agent that is killed begins again, and stores one file', { seconds: 150 }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 1 })
  const volume = await backupVolume(stage)
  await demo.untilReady()
  const b1 = backupHandle(stage, 'b1')
  await b1.create()
  const first = await until('its pod runs', 40, async () => (await b1.pods()).find(({ status }) => status?.phase === 'Running'), 50)
  await stage.k8s.kube.delete(POD, first.metadata, { uid: first.metadata.uid }, signal(), { gracePeriodSeconds: 0 })

  const { status } = await b1.untilCompleted(90)
  expect(await volume.shell('busybox find . -type f | busybox sort')).toBe('./demo/b1.db\n./demo/b1.db.json')
  expect(await volume.shell('busybox sha256sum demo/b1.db')).toBe(`${status?.sha256}  demo/b1.db`)

  // A Job that ended unseen, and whose pods are gone, is made again; the agent finds its own file.
  const b2 = backupHandle(stage, 'b2')
  await b2.create()
  const job = await until('its Job is made', 20, () => b2.job(), 50)
  await stage.k8s.kube.delete(JOB, job.metadata, { uid: job.metadata.uid }, signal(), { propagationPolicy: 'Background' })
  await b2.untilCompleted(60)
  expect((await b2.job())?.metadata.uid).not.toBe(job.metadata.uid)
})

scenario('an operator that is killed in between completes a backup once', { seconds: 150, alone: true }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 1 })
  await backupVolume(stage)
  await demo.untilReady()
  const b1 = backupHandle(stage, 'b1')
  await b1.create({ deletionPolicy: 'Delete' })
  const job = await until('its Job is made', 20, () => b1.job(), 50)
  await crash(stage.k8s, await leadingPod(stage.k8s))

  await b1.untilCompleted(90)
  expect((await b1.job())?.metadata.uid).toBe(job.metadata.uid)
  expect(await b1.pods()).toHaveLength(1)

  // Deleted while nobody leads: what follows removes the file all the same.
  await crash(stage.k8s, await leadingPod(stage.k8s))
  await b1.delete()
  await untilOperatorIsWhole(stage.k8s)
})

async function put({ kubectl }: Stage, keys: number): Promise<void> {
  const one = (key: number) => kubectl(['exec', 'demo-0', '--', 'etcdctl', 'put', `key-${key}`, 'x'.repeat(key)])
  for (let key = 0; key < keys; key += 5) await Promise.all([0, 1, 2, 3, 4].map((more) => one(key + more)))
}
