import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  ETCD_BACKUP,
  ETCD_BACKUP_SCHEDULE,
  ETCD_CLUSTER,
  ETCD_RESTORE,
  ETCD_USER,
  PERSISTENT_VOLUME_CLAIM,
} from '../../src/adapters/kube/kinds.ts'
import type { Draft, KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { asPerson, type PersonOptions } from '../client/person.ts'
import { until } from '../cluster/command.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { installKinds } from './install-kinds.ts'

/** The plugin's commands that write, as a person calls them, on a real API server without an operator: the tests play the operator. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()
const namespace = 'default'

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'plugin' })
  await installKinds(kube, [ETCD_CLUSTER, ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, ETCD_RESTORE, ETCD_USER])
})
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

let count = 0
let name = ''
beforeEach(async () => {
  count += 1
  name = `demo${count}`
  await create(ETCD_CLUSTER, name, { version: '3.6.16', storage: { size: '1Gi' } })
})

function create(kind: ResourceKind<KubeObject>, called: string, spec: object) {
  const object: Draft<KubeObject> & { spec: object } = { metadata: { namespace, name: called }, spec }
  return kube.create(kind, object, signal)
}

const person = (line: string, options: Partial<PersonOptions> = {}) =>
  asPerson(line.replaceAll('NAME', name), { kubeconfig: server.kubeconfig('admin'), ...options })

async function cluster(): Promise<EtcdCluster> {
  const found = await kube.get(ETCD_CLUSTER, { namespace, name }, signal)
  if (found === undefined) throw new Error(`${name} is gone`)
  return found
}
const annotations = async () => (await cluster()).metadata.annotations ?? {}

/** What the operator says. */
async function says(kind: ResourceKind<KubeObject>, called: string, status: object): Promise<void> {
  await kube.patch(kind, { namespace, name: called }, { status }, signal, { subresource: 'status' })
}

const since = '2026-01-04T02:00:00Z'
const nextStep = { id: 'abc123', action: 'RemoveMember', member: 'm1', reason: 'ApprovalNeeded', message: 'm1 has lost its volume', since }
const rows = (...ready: readonly boolean[]) =>
  ready.map((isReady, index) => ({
    name: `${name}-${index}`,
    id: `a${index}`,
    role: 'Voter',
    leader: index === 0,
    ready: isReady,
    message: isReady ? '' : 'it does not answer',
  }))

describe('approve', () => {
  test('says that nothing waits, and what the operator is at', async () => {
    expect(await person('approve NAME')).toMatchObject({ code: 1, stderr: expect.stringContaining('has not planned for the newest spec') })
    await says(ETCD_CLUSTER, name, { observedGeneration: 1 })
    expect(await person('approve NAME')).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing left to do') })
    await says(ETCD_CLUSTER, name, { nextStep: { ...nextStep, reason: 'ScalingUp', message: 'adding m3' } })
    expect((await person('approve NAME')).stderr).toContain('nothing waits for an approval; the operator is at ScalingUp: adding m3')
    expect(await annotations()).toEqual({})
  })

  test('shows the step, asks, and writes nothing but on a yes', async () => {
    await says(ETCD_CLUSTER, name, { observedGeneration: 1, nextStep })
    expect(await person('approve NAME')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    for (const answer of ['', 'n', 'yess', 'no']) expect(await person('approve NAME', { answer })).toMatchObject({ code: 1 })
    expect(await annotations()).toEqual({})
    const done = await person('approve NAME', { answer: 'y' })
    expect(done).toMatchObject({ code: 0, stdout: 'approved of step abc123\n' })
    expect(done.stderr).toContain('RemoveMember m1')
    expect(done.stderr).toContain('m1 has lost its volume')
    expect(await annotations()).toEqual({ 'etcd-operator.dev/approve': 'abc123' })
    expect(await person('approve NAME')).toMatchObject({ code: 0, stdout: expect.stringContaining('approved already') })
    expect(await person('approve NAME --take-back')).toMatchObject({ code: 0 })
    expect(await annotations()).toEqual({})
  })

  test('refuses a step that is outdated, and shows the one that waits', async () => {
    await says(ETCD_CLUSTER, name, { observedGeneration: 1, nextStep })
    const refused = await person('approve NAME 5f3c --yes')
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('5f3c is not the step that waits')
    expect(refused.stderr).toContain(`kubectl etcd approve ${name} abc123`)
    expect(await annotations()).toEqual({})
    expect(await person('approve NAME abc123 --yes')).toMatchObject({ code: 0, questions: [] })
  })
})

describe('defrag', () => {
  const key = 'etcd-operator.dev/defragment'

  test('is asked for once, however often it is called, and again after its end', async () => {
    expect(await person('defrag NAME')).toMatchObject({ code: 0 })
    const { [key]: value } = await annotations()
    expect(Date.parse(value ?? '')).toBeGreaterThan(0)
    expect(await person('defrag NAME')).toMatchObject({ code: 0, stdout: 'a defragmentation is asked for already\n' })
    await says(ETCD_CLUSTER, name, { wishes: { defragment: { value, state: 'Begun', since } } })
    expect(await person('defrag NAME')).toMatchObject({ code: 0, stdout: 'a defragmentation is under way already\n' })
    expect(await annotations()).toEqual({ [key]: value })
    await says(ETCD_CLUSTER, name, { wishes: { defragment: { value, state: 'Done', since, message: '3 of 3 members were defragmented' } } })
    expect(await person('defrag NAME')).toMatchObject({ code: 0, stdout: expect.stringContaining('asked the operator') })
    expect((await annotations())[key]).not.toBe(value)
    expect(await person('defrag NAME --take-back')).toMatchObject({ code: 0 })
    expect(await annotations()).toEqual({})
    expect(await person('defrag NAME --take-back')).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to take back') })
  })

  test('is waited for to its end, good or bad, and no longer than it is wanted', async () => {
    const played = async (state: 'Done' | 'Failed', message: string) => {
      const before = (await annotations())[key]
      const waiting = person('defrag NAME --wait')
      const asked = async () => {
        const { [key]: value } = await annotations()
        return value === before ? undefined : value
      }
      const value = await until('the wish is there', 10_000, asked, 50)
      await says(ETCD_CLUSTER, name, { wishes: { defragment: { value, state, since, message } } })
      return waiting
    }
    expect(await played('Done', '3 of 3')).toMatchObject({ code: 0, stdout: expect.stringContaining('done: 3 of 3') })
    const failed = await played('Failed', 'no room on NAME-1')
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('error: no room') })
    const { [key]: old } = await annotations()
    const waiting = person('defrag NAME --wait')
    await until('it waits', 10_000, async () => (await annotations())[key] !== old, 50)
    await person('defrag NAME --take-back')
    expect(await waiting).toMatchObject({ code: 1, stderr: expect.stringContaining('took the wish back') })
    expect(await person('defrag NAME --wait --timeout 100ms')).toMatchObject({ code: 1, stderr: expect.stringContaining('within 100ms') })
    expect(await person('defrag NAME --wait --timeout soon')).toMatchObject({ code: 2, stderr: expect.stringContaining('no duration') })
  })
})

describe('move-leader', () => {
  const key = 'etcd-operator.dev/move-leader'

  test('names a member that can lead, or says which there are', async () => {
    await says(ETCD_CLUSTER, name, { leader: `${name}-0`, memberStatus: rows(true, true, false) })
    expect((await person('move-leader NAME NAME-7')).stderr).toContain(`${name} has no member "${name}-7"`)
    expect((await person('move-leader NAME NAME-2')).stderr).toContain("can't lead: it does not answer")
    expect(await person('move-leader NAME NAME-0')).toMatchObject({ code: 0, stdout: `${name}-0 leads already\n` })
    expect(await annotations()).toEqual({})
    expect(await person('move-leader NAME')).toMatchObject({ code: 0, stdout: `asked the operator to move the leadership to ${name}-1\n` })
    const value = (await annotations())[key]
    expect(value).toMatch(new RegExp(`^${name}-1/20`))
    expect(await person('move-leader NAME NAME-1')).toMatchObject({ code: 0, stdout: `${name}-1 is asked for already\n` })
    expect((await annotations())[key]).toBe(value)
  })

  test('says that nobody else is ready', async () => {
    await says(ETCD_CLUSTER, name, { leader: `${name}-0`, memberStatus: rows(true, false) })
    expect(await person('move-leader NAME')).toMatchObject({ code: 1, stderr: expect.stringContaining('no other member that is ready') })
  })
})

describe('pause and resume', () => {
  test('write the spec, once', async () => {
    expect(await person('resume NAME')).toMatchObject({ code: 0, stdout: `${name} is not paused\n` })
    expect(await person('pause NAME')).toMatchObject({ code: 0 })
    expect((await cluster()).spec.paused).toBe(true)
    const { generation } = (await cluster()).metadata
    expect(await person('pause NAME')).toMatchObject({ code: 0, stdout: `${name} is paused already\n` })
    expect((await cluster()).metadata.generation).toBe(generation)
    expect((await person('defrag NAME')).stderr).toContain(`kubectl etcd resume ${name}`)
    expect(await person('resume NAME')).toMatchObject({ code: 0 })
    expect((await cluster()).spec.paused).toBe(false)
  })
})

describe('backup', () => {
  const storage = { volume: { claimName: 'backups' } }

  test('goes where the newest schedule tells, and to its end', async () => {
    const none = await person('backup NAME')
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('no EtcdBackupSchedule') })
    expect(none.stderr).toContain(`kubectl etcd backup ${name} --to CLAIM`)
    await create(ETCD_BACKUP_SCHEDULE, `${name}-daily`, { cluster: name, schedule: '0 3 * * *', storage })
    const waiting = person('backup NAME --wait --name NAME-now')
    const made = await until('it is made', 10_000, () => kube.get(ETCD_BACKUP, { namespace, name: `${name}-now` }, signal), 50)
    expect(made.spec).toMatchObject({ cluster: name, storage, deletionPolicy: 'Retain' })
    await says(ETCD_BACKUP, `${name}-now`, { phase: 'Completed', revision: '42', size: '3Mi', verified: { time: since, result: 'Passed' } })
    expect(await waiting).toMatchObject({ code: 0, stdout: expect.stringContaining('done: revision 42, 3Mi, read back and verified') })
    expect(await person('backup NAME --name NAME-now')).toMatchObject({ code: 1, stderr: expect.stringContaining('already') })
  })

  test('that fails ends the wait with the reason', async () => {
    await create(ETCD_BACKUP_SCHEDULE, `${name}-daily`, { cluster: name, schedule: '0 3 * * *', storage })
    const waiting = person('backup NAME --wait --name NAME-now')
    await until('it is made', 10_000, () => kube.get(ETCD_BACKUP, { namespace, name: `${name}-now` }, signal), 50)
    const condition = { type: 'Complete', status: 'False', lastTransitionTime: since, reason: 'VolumeFull', message: 'no room left' }
    await says(ETCD_BACKUP, `${name}-now`, { phase: 'Failed', conditions: [condition] })
    expect(await waiting).toMatchObject({ code: 1, stderr: expect.stringContaining('has failed: VolumeFull: no room left') })
  })

  test('to a claim that is not there names those that are', async () => {
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    await create(PERSISTENT_VOLUME_CLAIM, `archive${count}`, claim)
    const wrong = await person(`backup NAME --to archvie${count}`)
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining(`no PersistentVolumeClaim "archvie${count}"`) })
    expect(wrong.stderr).toContain(`did you mean archive${count}?`)
    expect(await person(`backup NAME --to archive${count}/a/b --name NAME-to`)).toMatchObject({ code: 0 })
    const made = await kube.get(ETCD_BACKUP, { namespace, name: `${name}-to` }, signal)
    expect(made?.spec.storage.volume).toEqual({ claimName: `archive${count}`, path: 'a/b' })
    // What the schema refuses is told in its words.
    expect(await person(`backup NAME --to archive${count}/../b`)).toMatchObject({ code: 1, stderr: expect.stringContaining('..') })
  })
})

describe('restore', () => {
  test('makes a cluster of a completed backup, and of no other', async () => {
    await create(ETCD_BACKUP, `${name}-b`, { cluster: name, storage: { volume: { claimName: 'backups' } } })
    expect(await person('restore NAME-b')).toMatchObject({ code: 2, stderr: expect.stringContaining('--as NAME') })
    expect(await person('restore NAME-b --as NAME')).toMatchObject({ code: 1, stderr: expect.stringContaining('never restored over data') })
    expect(await person('restore NAME-b --as NAMEx')).toMatchObject({ code: 1, stderr: expect.stringContaining('is not completed yet') })
    await says(ETCD_BACKUP, `${name}-b`, { phase: 'Completed', location: 'x' })
    const wrong = await person('restore NAME-bb --as NAMEx')
    expect(wrong.stderr).toContain(`did you mean ${name}-b?`)
    const waiting = person('restore NAME-b --as NAMEx --wait')
    const list = async () => (await kube.list(ETCD_RESTORE, { namespace }, signal)).items.find(({ spec }) => spec.cluster === `${name}x`)
    const made = await until('it is made', 10_000, list, 50)
    expect(made.spec.source).toEqual({ backup: `${name}-b` })
    await says(ETCD_RESTORE, made.metadata.name, { phase: 'Completed', revision: '42' })
    expect(await waiting).toMatchObject({ code: 0, stdout: expect.stringContaining(`EtcdCluster ${name}x has revision 42`) })
  })
})

describe('ctl', () => {
  test('runs etcdctl in a ready follower, and passes its exit code on', async () => {
    await says(ETCD_CLUSTER, name, { leader: `${name}-0`, memberStatus: rows(true, true) })
    const ran = await person('ctl NAME -- get / --prefix -w json')
    expect(ran.code).toBe(7)
    expect(ran.kubectl[0]?.join(' ')).toBe(
      `exec --namespace default --stdin --quiet ${name}-1 --container etcd -- etcdctl get / --prefix -w json`,
    )
    expect((await person('ctl NAME --member NAME-0 -- get x')).kubectl[0]).toContain(`${name}-0`)
    expect((await person('ctl NAME --member NAME-9 -- get x')).stderr).toContain(`no member "${name}-9"`)
  })

  test.each([
    'member add x --peer-urls=http://x',
    'member --endpoints http://x remove abc',
    '--endpoints http://x move-leader abc',
    'defrag --cluster',
    'snapshot restore f',
    'auth disable',
    '-w json auth enable',
  ])("refuses %s, and names the operator's way", async (command) => {
    const refused = await person(`ctl NAME -- ${command}`)
    expect(refused).toMatchObject({ code: 1, kubectl: [] })
    expect(refused.stderr).toContain("is the operator's to do")
    expect(refused.stderr).toContain("the operator's way")
  })

  test('lets through what is forced, and what only looks alike', async () => {
    await says(ETCD_CLUSTER, name, { memberStatus: rows(true) })
    expect(await person('ctl NAME --force -- member add x')).toMatchObject({ code: 7 })
    expect(await person('ctl NAME -- get member add')).toMatchObject({ code: 7 })
    expect(await person('ctl NAME -- put -- defrag x')).toMatchObject({ code: 7 })
    expect(await person('ctl NAME')).toMatchObject({ code: 2, kubectl: [] })
  })

  test('says that no member is ready', async () => {
    await says(ETCD_CLUSTER, name, { memberStatus: rows(false) })
    expect(await person('ctl NAME -- get x')).toMatchObject({ code: 1, stderr: expect.stringContaining(`--member ${name}-0`) })
  })
})

describe('a person', () => {
  test.each(['approve', 'defrag', 'move-leader', 'pause', 'restart', 'backup', 'logs'])(
    'who mistypes the name in %s is told which one was meant',
    async (command) => {
      const wrong = await person(`${command} NAMEE`)
      expect(wrong.code).toBe(1)
      expect(wrong.stderr).toMatch(/there is no EtcdCluster "demo\d+E" in namespace default\n {2}did you mean demo/)
    },
  )

  test.each(['approve NAME', 'defrag NAME', 'pause NAME', 'restart NAME', 'backup NAME', 'restore b --as c', 'logs NAME'])(
    'without rights is told which one %s lacks',
    async (line) => {
      const denied = await person(line, { kubeconfig: server.kubeconfig('nobody') })
      expect(denied.code).toBe(1)
      expect(denied.stderr).toMatch(/no right to get etcdclusters/)
    },
  )
})

test('restart asks once while one is under way, and waits until every pod was made for it', async () => {
  expect(await person('restart NAME')).toMatchObject({ code: 0 })
  const value = (await annotations())['kubectl.kubernetes.io/restartedAt']
  expect(await person('restart NAME')).toMatchObject({ code: 0, stdout: 'a restart is under way already: 0 of 3 members\n' })
  expect((await annotations())['kubectl.kubernetes.io/restartedAt']).toBe(value)
  const stalled = { type: 'Stalled', status: 'True', reason: 'ImagePullFailed', message: 'no such image', lastTransitionTime: since }
  await says(ETCD_CLUSTER, name, { conditions: [stalled] })
  expect(await person('restart NAME --wait')).toMatchObject({ code: 1, stderr: expect.stringContaining("can't go on: no such image") })
  expect(await person('restart NAME --again')).toMatchObject({ code: 0 })
  expect((await annotations())['kubectl.kubernetes.io/restartedAt']).not.toBe(value)
})
