import { afterAll, test } from 'vitest'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { eventually, startEtcdProcesses, steadyLeader } from './etcd-processes.ts'

const versions = process.env.TEST_LONG ? etcdVersions : (['3.6.16'] as const)
const etcd = connectEtcd()
afterAll(() => etcd.close())

test.concurrent.for(versions)(
  'the leader of etcd %s tells within seconds that a member is away, and that it is back',
  async (version, { onTestFinished }) => {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const members = await processes.bootstrap(3, steadyLeader)
    const statuses = await eventually('all know one leader', async () => {
      const all = await Promise.all(members.map(async (member) => ({ member, ...(await etcd.status(member.endpoint)) })))
      return new Set(all.map(({ leaderId }) => leaderId)).size === 1 && all[0]?.leaderId !== undefined ? all : undefined
    })
    const leader = statuses.find(({ memberId, leaderId }) => memberId === leaderId)
    const [follower, other] = statuses.filter(({ memberId, leaderId }) => memberId !== leaderId)
    if (leader === undefined || follower === undefined || other === undefined) throw new Error('not three members')
    const heard = async () => (await etcd.raftStatus({ url: leader.member.endpoint.url.replace(':2379', ':2381') })).connectedTo.toSorted()
    const both = [follower.memberId, other.memberId].toSorted()
    await eventually('it is connected with both', async () => (String(await heard()) === String(both) ? true : undefined))

    await follower.member.kill()
    await eventually('it is connected with the other alone', async () => (String(await heard()) === other.memberId ? true : undefined))
    follower.member.start({ state: 'established' }, steadyLeader)
    await eventually('it is connected with both again', async () => (String(await heard()) === String(both) ? true : undefined))
  },
)
