import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectSource } from '../../src/adapters/etcd/snapshot-source.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { MemberSettings } from '../../src/model/cluster/member-settings.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { eventually, type MemberProcess, startEtcdProcesses, steadyLeader } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'

const mebibyte = 2 ** 20

/** What the operator rests on when it frees space in a database. */
describe.each(etcdVersions.filter((version) => version !== '3.6.11'))('the database of etcd %s', (version) => {
  const etcd = connectEtcd()
  afterAll(() => etcd.close())

  async function aCluster(size: number, { onTestFinished }: TestContext, settings?: Partial<MemberSettings>) {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const members = await processes.bootstrap(size, settings)
    const statuses = () => Promise.all(members.map(({ endpoint }) => etcd.status(endpoint)))
    await eventually('every member knows a leader', async () => (await statuses()).every(({ leaderId }) => leaderId) || undefined)
    const [first] = members
    if (first === undefined) throw new Error('no member')
    return { members, first, statuses }
  }

  /** Overwrites one key with so many values of a mebibyte; returns the revision of the last one. */
  async function overwrite({ endpoint }: MemberProcess, times: number): Promise<number> {
    let revision = 0
    for (let time = 0; time < times; time += 1) revision = await openGateway(endpoint.url).put('key', 'v'.repeat(mebibyte))
    return revision
  }

  /** Asked as often as the operator asks; undefined while the figures have not followed. */
  async function compactedFreely({ endpoint }: MemberProcess, revision: number): Promise<true | undefined> {
    for (let request = 0; request < 3; request += 1) await etcd.compact(endpoint, revision, true)
    const { dbSize, dbSizeInUse } = await etcd.status(endpoint)
    return dbSizeInUse < dbSize / 4 ? true : undefined
  }

  const page = ({ endpoint }: MemberProcess) => ({ url: endpoint.url.replace(':2379', ':2381') })

  test('tells its quota from 3.6 on', async (context) => {
    const { first } = await aCluster(1, context)
    expect((await etcd.status(first.endpoint)).dbSizeQuota).toBe(version.startsWith('3.5.') ? undefined : 64 * mebibyte)
  })

  test('writes again after a compaction, a defragmentation of every member, and the end of each alarm', async (context) => {
    const { members, first } = await aCluster(3, context, { quotaBackendBytes: 16 * mebibyte })
    await expect(overwrite(first, 20)).rejects.toThrow('database space exceeded')
    const alarms = async () => (await etcd.status(first.endpoint)).alarms
    await eventually('an alarm', async () => ((await alarms()).length > 0 ? true : undefined))

    const last = await openGateway(first.endpoint.url).deleteRange('key')
    await etcd.compact(first.endpoint, last, false)
    // Without writes the figures of a member may stay behind; a physical compaction, of what is compacted already too, brings its own up to date.
    for (const member of members) await eventually('its figures follow', () => compactedFreely(member, last))

    for (const member of members) {
      const before = await etcd.status(member.endpoint)
      await etcd.defragment(member.endpoint)
      const { dbSize } = await etcd.status(member.endpoint)
      // What is in use and nothing else, but for a few pages of bookkeeping.
      expect(dbSize).toBeLessThanOrEqual(before.dbSizeInUse + 256 * 1024)
    }
    for (const alarm of await alarms()) await etcd.disarm(first.endpoint, alarm)
    await overwrite(first, 5)
    expect(await alarms()).toEqual([])
  })

  test('counts what a compaction has removed as free when it was asked twice more after the last reader has gone', async (context) => {
    const { first } = await aCluster(1, context)
    await overwrite(first, 20)
    const last = await openGateway(first.endpoint.url).deleteRange('key')
    const source = connectSource(first.endpoint, credentialStore())
    const parts = source.snapshot(60_000, new AbortController().signal)[Symbol.asyncIterator]()
    await parts.next()
    expect(await compactedFreely(first, last)).toBeUndefined()
    await parts.return?.()
    source.close()
    // Nobody writes, so nothing changes but by being asked.
    await eventually('the reader has gone', () => compactedFreely(first, last))
  })

  test('answers nothing but its metrics page while it is defragmented, and clients of other members notice nothing', async (context) => {
    const { members, first, statuses } = await aCluster(3, context, { quotaBackendBytes: 512 * mebibyte, ...steadyLeader })
    await overwrite(first, 100)
    const leaderId = (await etcd.status(first.endpoint)).leaderId
    const all = await statuses()
    const leader = members[all.findIndex(({ memberId }) => memberId === leaderId)]
    const follower = members[all.findIndex(({ memberId }) => memberId !== leaderId)]
    if (leader === undefined || follower === undefined) throw new Error('no leader')

    /** What is seen meanwhile; undefined when the defragmentation was over before everybody had answered, which tells nothing. */
    async function lookMeanwhile(defragmented: Promise<void>, of: MemberProcess, other: MemberProcess) {
      let isOver = false
      const end = () => {
        isOver = true
      }
      defragmented.then(end, end)
      const seen = await eventually('the page tells', async () => {
        const { isDefragmenting, hasLeader, memberId } = await etcd.raftStatus(page(of))
        return isDefragmenting || isOver ? { isDefragmenting, hasLeader, memberId } : undefined
      })
      // The member ends the call at its deadline, too: whichever is first.
      const status = await etcd.status(of.endpoint, { deadlineMs: 100 }).catch((error: unknown) => error)
      await openGateway(other.endpoint.url).put('another', 'value')
      await etcd.memberList(other.endpoint)
      return isOver ? undefined : { ...seen, status }
    }
    const seen = await eventually('a defragmentation that is long enough', async () => {
      const defragmented = etcd.defragment(leader.endpoint)
      const meanwhile = await lookMeanwhile(defragmented, leader, follower)
      // The status that was given up has closed its connection, and not that of the defragmentation.
      await defragmented
      return meanwhile
    })
    const kind = expect.stringMatching(/^(timeout|unavailable)$/)
    expect(seen).toMatchObject({ isDefragmenting: true, hasLeader: true, memberId: leaderId, status: { kind } })

    expect((await etcd.raftStatus(page(leader))).isDefragmenting).toBe(false)
    expect((await etcd.status(leader.endpoint)).leaderId).toBe(leaderId)
  })

  test('is whole after the process was killed during a defragmentation', async (context) => {
    const { first } = await aCluster(1, context, { quotaBackendBytes: 512 * mebibyte })
    await overwrite(first, 100)
    const given = etcd.defragment(first.endpoint)
    given.catch(() => undefined)
    await eventually('it has begun', async () => (await etcd.raftStatus(page(first))).isDefragmenting || undefined)
    await first.kill()
    await expect(given).rejects.toMatchObject({ kind: 'unavailable' })

    first.start({ state: 'established' })
    await eventually('it is back', () => etcd.memberList(first.endpoint))
    expect(await openGateway(first.endpoint.url).countKeys()).toBe(1)
    expect((await etcd.raftStatus(page(first))).isDefragmenting).toBe(false)
  })
})
