import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { aToken, eventually, startEtcdProcesses } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'

/** 3.6 takes its members from there, and the list of a 3.5 tells nothing of it. */
describe.each(['3.5.35', '3.6.16', '3.7.3'] as const)('the members that etcd %s has stored', (version) => {
  const etcd = connectEtcd()
  afterAll(() => etcd.close())

  test('are found in its snapshot, with who learns, whatever else is stored', { timeout: 60_000 }, async ({
    onTestFinished,
  }: TestContext) => {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const [first] = await processes.bootstrap(1)
    if (first === undefined) throw new Error('no member')
    const { memberId } = await eventually('it serves', async () => {
      await etcd.memberList(first.endpoint)
      return etcd.status(first.endpoint)
    })
    const stored = async () => (await etcd.storedMembers(first.endpoint)).toSorted((a, b) => Number(a.isLearner) - Number(b.isLearner))
    expect(await eventually('it has stored itself', stored)).toEqual([{ id: memberId, isLearner: false }])

    const gateway = openGateway(first.endpoint.url)
    for (let index = 0; index < 30; index += 1) await gateway.put(`key-${index}`, 'x'.repeat(300_000))
    const joining = await processes.member('m1')
    const { id } = await etcd.addLearner(first.endpoint, joining.peerUrl)
    expect(await stored()).toEqual([
      { id: memberId, isLearner: false },
      { id, isLearner: true },
    ])
    joining.start({ state: 'joining', token: aToken, members: [first, joining] })
    await eventually('it is promoted', async () => {
      await etcd.promote(first.endpoint, id)
      return true
    })
    for (let index = 0; index < 30; index += 1) await gateway.put(`key-${index}`, 'y'.repeat(300_000))
    const ids = [memberId, id].toSorted()
    for (const member of [first, joining])
      expect(await eventually('it is stored', () => etcd.storedMembers(member.endpoint))).toEqual(
        ids.map((each) => ({ id: each, isLearner: false })),
      )
    const start = performance.now()
    await etcd.storedMembers(first.endpoint)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
