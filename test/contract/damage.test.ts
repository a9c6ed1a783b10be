import { mkdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import type { RaftStatus } from '../../src/adapters/etcd/metrics-page.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { type ExitCause, exitCause } from '../../src/model/cluster/exit-cause.ts'
import type { MemberSettings } from '../../src/model/cluster/member-settings.ts'
import type { InitialCluster } from '../../src/objects/etcd-config/config-file.ts'
import { type EtcdVersion, etcdVersions } from '../cluster/versions.ts'
import { copyData, filesOf, flipBit, positionOf, recordsOf, remove, replaceText, truncate, zero } from './damaged-files.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'
import { startSmallVolume } from './small-volume.ts'

/**
 * What the operator makes of a member's last words, held to real members: a follower of three is stopped, its folder damaged, and the
 * member started again while the other two serve.
 */

const isLong = process.env.TEST_LONG !== undefined
const versions: readonly EtcdVersion[] = isLong ? etcdVersions : ['3.5.35', '3.6.16', '3.7.3']
const settings: Partial<MemberSettings> = { snapshotCount: 100 }
const established: InitialCluster = { state: 'established' }

/** `starts`: no exit tells of it. */
type Outcome = ExitCause | 'starts'

interface Damage {
  readonly what: string
  readonly ends: Outcome
  /** Only in the whole catalogue. */
  readonly isRare?: true
  make(folders: Folders): void | Promise<void>
}

interface Folders {
  readonly data: string
  /** The member's folder as it was some writes before. */
  readonly older: string
}

const page = 4096
const value = (key: number) => `value-of-key-${key}-`
const wal = ({ data }: Folders) => filesOf(join(data, 'member/wal'), '.wal').at(-1) ?? ''
const db = ({ data }: Folders) => join(data, 'member/snap/db')
const record = (at: Folders, fromEnd: number) => recordsOf(wal(at)).at(-fromEnd) ?? 0

const catalogue: readonly Damage[] = [
  { what: 'no folder', ends: 'empty-volume', make: ({ data }) => remove(data) },
  { what: 'an empty folder', ends: 'empty-volume', isRare: true, make: ({ data }) => remove(join(data, 'member')) },
  { what: 'no log, but a database', ends: 'empty-volume', make: ({ data }) => remove(join(data, 'member/wal')) },
  { what: 'an older copy of the folder', ends: 'set-back', make: ({ data, older }) => copyData(older, data) },
  { what: 'a log without its last records', ends: 'set-back', isRare: true, make: (at) => truncate(wal(at), record(at, 20)) },
  { what: 'a log cut inside a record', ends: 'set-back', isRare: true, make: (at) => truncate(wal(at), record(at, 20) + 12) },
  { what: 'a log whose end is zeros', ends: 'set-back', isRare: true, make: (at) => zero(wal(at), record(at, 20)) },
  { what: 'a log of no bytes', ends: 'corrupt', make: (at) => truncate(wal(at), 0) },
  { what: 'a flipped bit in an entry', ends: 'corrupt', make: (at) => flipBit(wal(at), positionOf(wal(at), value(240))) },
  { what: 'no database', ends: 'corrupt', isRare: true, make: (at) => remove(db(at)) },
  { what: 'a database of one page', ends: 'corrupt', make: (at) => truncate(db(at), page) },
  { what: 'a database cut in its middle', ends: 'corrupt', isRare: true, make: (at) => truncate(db(at), 4 * page) },
  { what: 'zeros for both meta pages', ends: 'corrupt', isRare: true, make: (at) => zero(db(at), 0, 2 * page) },
  { what: 'zeros for all pages of the database but the meta pages', ends: 'corrupt', make: (at) => zero(db(at), 2 * page) },
  { what: 'another value in the database', ends: 'peers-differ', make: (at) => replaceText(db(at), value(240), 'VALUE') },
  { what: 'zeros for one meta page', ends: 'starts', isRare: true, make: (at) => zero(db(at), 0, page) },
]

describe.each(versions)('etcd %s', { concurrent: true }, (version) => {
  test('tells in its last words what happened to its data', async (context) => {
    const { member, folders, whole } = await aStoppedFollower(version, context)
    const chosen = catalogue.filter(({ isRare }) => isLong || !isRare)
    const found: [string, Outcome][] = []
    for (const { what, make } of chosen) {
      await copyData(whole, folders.data)
      await make(folders)
      found.push([what, await outcomeOf(member, established)])
    }
    expect(found).toEqual(chosen.map(({ what, ends }) => [what, ends]))
  })

  test.runIf(isLong || version === '3.6.16')('tells on its metrics page that it was set back, while it stands alone', async (context) => {
    const { etcd, member, others, folders, whole, last } = await aStoppedFollower(version, context)
    await Promise.all(others.map((other) => other.kill()))
    const standsAt = async () => {
      member.start(established, settings)
      const page = { url: member.endpoint.url.replace(':2379', ':2381') }
      const looks: RaftStatus[] = []
      const raft = await eventually('it has replayed its log', async () => {
        looks.push(await etcd.raftStatus(page))
        const [newest] = looks.slice(-20)
        const isStill = looks.length >= 20 && looks.slice(-20).every((look) => look.raftAppliedIndex === newest?.raftAppliedIndex)
        return isStill && newest !== undefined && newest.raftAppliedIndex > 0 ? newest : undefined
      })
      await stop(member)
      return raft
    }

    await copyData(whole, folders.data)
    const healthy = await standsAt()
    expect(healthy).toMatchObject({ hasLeader: false, memberId: last.memberId })
    // etcd does not sync its commit index by itself: some entries may be missing.
    expect(last.revision - healthy.revision).toBeLessThan(10)
    expect(last.raftAppliedIndex - healthy.raftAppliedIndex).toBeLessThan(10)

    await copyData(folders.older, folders.data)
    const setBack = await standsAt()
    expect(last.revision - setBack.revision).toBeGreaterThanOrEqual(60)
    expect(last.raftAppliedIndex - setBack.raftAppliedIndex).toBeGreaterThanOrEqual(60)
  })

  test('tells that a learner was emptied, which is promoted all the same, and nothing of a member that was removed', async (context) => {
    const { processes, etcd, leader, followers } = await aCluster(version, 3, context)
    const learner = await processes.member('m3')
    const { id } = await eventually('the addition', () => etcd.addLearner(leader.endpoint, learner.peerUrl))
    const joining: InitialCluster = { state: 'joining', token: aToken, members: [leader, ...followers, learner] }
    learner.start(joining, settings)
    await eventually('it has joined', () => etcd.status(learner.endpoint))
    await stop(learner)
    const whole = `${learner.dataDir}-whole`
    await copyData(learner.dataDir, whole)

    learner.loseVolume()
    expect(await outcomeOf(learner, joining)).toBe('emptied')
    // The leader remembers what the learner once had.
    await expect(etcd.promote(leader.endpoint, id)).resolves.toBeUndefined()

    await etcd.remove(leader.endpoint, id)
    await copyData(whole, learner.dataDir)
    // "Permanently removed" is mostly cut off. Which of these two it is depends on what is shut down last.
    expect(['left', 'other']).toContain(await outcomeOf(learner, established))
  })

  test('tells of its surroundings', async (context) => {
    const { processes } = await someProcesses(version, context)
    const [quick, late] = [await processes.member('m0'), await processes.member('m1')]
    expect(await outcomeOf(quick, aloneIn(quick), { heartbeatIntervalMs: 500, electionTimeoutMs: 600 })).toBe('bad-option')
    expect(await outcomeOf(quick, aloneIn(quick), { quotaBackendBytes: 1e30 })).toBe('bad-option')

    const squatter = createServer().listen(2380, new URL(late.peerUrl).hostname)
    context.onTestFinished(() => void squatter.close())
    await eventually('the port is taken', async () => squatter.listening || undefined)
    expect(await outcomeOf(late, aloneIn(late))).toBe('address-in-use')
  })

  test.runIf(isLong)('tells of a volume that is read-only or full', async (context) => {
    const { processes } = await someProcesses(version, context)
    const member = await processes.member('m0')
    const volume = await startSmallVolume(150)
    context.onTestFinished(async () => {
      await member.kill()
      await volume.remove()
    })
    for (const path of [dirname(member.dataDir), join(volume.path, 'data')]) mkdirSync(path, { mode: 0o700, recursive: true })
    symlinkSync(join(volume.path, 'data'), member.dataDir)

    member.start(aloneIn(member), settings)
    const gateway = openGateway(member.endpoint.url)
    await eventually('it serves', () => gateway.put('key', 'value'))
    await expect(fill(gateway)).rejects.toThrow()
    // From 3.6 on the words may be cut off; the next start that finds no room says it again.
    expect(['volume-full', 'other']).toContain(causeOf(await member.ended(), member.log()))

    await volume.makeReadOnly()
    expect(await outcomeOf(member, established)).toBe('read-only')
  })
})

type Opening = readonly [wrote: EtcdVersion, stoppedBy: 'SIGTERM' | 'SIGKILL', opens: EtcdVersion, ends: readonly Outcome[]]

/** SIGKILL leaves what was written last in the log alone, where another code finds it. The words of a panic may be cut off: `other`. */
const openings: readonly Opening[] = [
  ['3.6.16', 'SIGTERM', '3.5.35', ['newer-data', 'other']],
  ['3.6.16', 'SIGKILL', '3.5.35', ['newer-data', 'other']],
  ['3.7.3', 'SIGTERM', '3.6.16', ['newer-data', 'other']],
  ['3.7.3', 'SIGKILL', '3.6.16', ['newer-data', 'other']],
  ['3.5.35', 'SIGTERM', '3.7.3', ['older-data', 'other']],
  ['3.5.35', 'SIGKILL', '3.7.3', ['older-data', 'other']],
  ['3.5.35', 'SIGTERM', '3.6.16', ['starts']],
  ['3.5.35', 'SIGKILL', '3.6.16', ['starts']],
]

test.each(openings)(
  'data of etcd %s, stopped by %s, that %s opens is never taken for damaged data',
  { concurrent: true },
  async (...row) => {
    const [wrote, stoppedBy, opens, ends] = row
    const [before, after] = [await startEtcdProcesses(wrote), await startEtcdProcesses(opens)]
    try {
      const [writer] = await before.bootstrap(1, settings)
      const opener = await after.member('m0')
      if (writer === undefined) throw new Error('no member')
      const gateway = openGateway(writer.endpoint.url)
      await eventually('it serves', () => gateway.put('key', 'value'))
      writer.signal(stoppedBy)
      await writer.ended()
      await copyData(writer.dataDir, opener.dataDir)
      const outcome = await outcomeOf(opener, established)
      expect(ends).toContain(outcome)
      if (outcome === 'starts') return
      const code = await opener.ended()
      const cuts = Array.from({ length: 100 }, (_, index) => causeOf(code, opener.log(), 128 + 20 * index))
      expect([...ends, 'other']).toEqual(expect.arrayContaining(cuts))
    } finally {
      await Promise.all([before.cleanUp(), after.cleanUp()])
    }
  },
)

function aloneIn(member: MemberProcess): InitialCluster {
  return { state: 'bootstrap', token: aToken, members: [member] }
}

async function fill(gateway: ReturnType<typeof openGateway>): Promise<void> {
  for (let key = 0; ; key += 1) await gateway.put(`${key}`, 'x'.repeat(512 * 1024))
}

async function someProcesses(version: EtcdVersion, { onTestFinished }: TestContext) {
  const [processes, etcd] = [await startEtcdProcesses(version), connectEtcd()]
  onTestFinished(async () => {
    etcd.close()
    await processes.cleanUp()
  })
  return { processes, etcd }
}

async function aCluster(version: EtcdVersion, size: number, context: TestContext) {
  const { processes, etcd } = await someProcesses(version, context)
  const members = await processes.bootstrap(size, settings)
  const looks = await eventually('all have a leader', async () => {
    const answers = await Promise.all(members.map(async (member) => ({ member, ...(await etcd.status(member.endpoint)) })))
    return answers.every(({ leaderId }) => leaderId !== undefined) ? answers : undefined
  })
  const leader = looks.find(({ memberId, leaderId }) => memberId === leaderId)?.member
  if (leader === undefined) throw new Error('no leader')
  return { processes, etcd, leader, followers: members.filter((member) => member !== leader) }
}

/** A follower that was stopped, its last status, its folder as a whole, and an older copy of the folder. */
async function aStoppedFollower(version: EtcdVersion, context: TestContext) {
  const { etcd, leader, followers } = await aCluster(version, 3, context)
  const [member] = followers
  if (member === undefined) throw new Error('no follower')
  const gateway = openGateway(leader.endpoint.url)
  const write = async (from: number, to: number) => {
    const keys = Array.from({ length: to - from }, (_, index) => from + index)
    const revisions = await Promise.all(keys.map((key) => gateway.put(`key-${key}`, value(key).padEnd(200, 'x'))))
    const last = Math.max(...revisions)
    await eventually('it has caught up', async () => (await etcd.status(member.endpoint)).revision === last || undefined)
  }
  const folders: Folders = { data: member.dataDir, older: `${member.dataDir}-older` }
  const whole = `${member.dataDir}-whole`
  await write(0, 200)
  await stop(member)
  await copyData(folders.data, folders.older)
  member.start(established, settings)
  await eventually('it is back', () => etcd.status(member.endpoint))
  await write(200, 260)
  const last = await etcd.status(member.endpoint)
  await stop(member)
  await copyData(folders.data, whole)
  return { etcd, member, others: [leader, ...followers.filter((other) => other !== member)], folders, whole, last }
}

async function stop(member: MemberProcess): Promise<void> {
  member.signal('SIGTERM')
  await member.ended()
}

/** Starts the member, and says why it ended; it is killed when it serves and stays up. */
async function outcomeOf(member: MemberProcess, initial: InitialCluster, changes: Partial<MemberSettings> = {}): Promise<Outcome> {
  const before = member.log().length
  member.start(initial, { ...settings, ...changes })
  let hasEnded = false
  const end = member.ended().finally(() => {
    hasEnded = true
  })
  const stays = async (): Promise<'starts'> => {
    const serves = async () => hasEnded || member.log().slice(before).includes('ready to serve client requests') || undefined
    await eventually('it serves or ends', serves, 60_000)
    return new Promise((resolve) => setTimeout(() => resolve('starts'), 2_000))
  }
  const ended = await Promise.race([end, stays()])
  await member.kill()
  return ended === 'starts' ? ended : causeOf(ended, member.log().slice(before))
}

/** The kubelet hands over the last 2048 bytes of a log, and of these at most 80 lines; nothing after exit code 0. */
function causeOf(exitCode: number | null, log: string, bytes = 2048): ExitCause {
  const text = exitCode === 0 ? '' : Buffer.from(log).subarray(-bytes).toString().split('\n').slice(-81).join('\n')
  return exitCause({ exitCode: exitCode ?? 137, reason: 'Error', text })
}
