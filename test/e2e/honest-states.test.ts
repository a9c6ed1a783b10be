import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Pod } from '../../src/adapters/kube/kinds.ts'
import { run } from '../cluster/command.ts'
import { type ClusterHandle, condition, etcdVersion, idsOf, isStalled, podOf, rowOf, uidsOf } from './cluster-handle.ts'
import { etcdctlFlags } from './etcdctl-flags.ts'
import { forwarded } from './forwarded.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { type Cut, cutOff } from './member-network.ts'
import { signalEtcd } from './member-process.ts'
import { operatorPods } from './operator-pods.ts'
import { rest, until } from './until.ts'

scenario(
  'a majority whose volumes are lost is reported, and its survivor keeps the data until it is saved',
  { seconds: 240 },
  async (stage) => {
    const { k8s, kubectl } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    await demo.untilReady()
    await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'put', 'the/last', 'word'])
    const survivor = await podOf(demo, 'demo-2')

    await loseVolumes(stage, ['demo-0', 'demo-1'])
    const seen = await demo.until('the loss is told', 90, (one) => isStalled(one, 'QuorumLost'))
    const { message = '' } = condition(seen, 'Stalled') ?? {}
    expect(message).toMatch(
      /^2 of 3 voters lost their volumes.*demo-0 (has a new claim|refuses to start).*demo-1 (has a new claim|refuses to start)/,
    )
    expect(message).toContain('demo-2 still answers: take a snapshot of it now')
    expect(condition(seen, 'Available')).toMatchObject({ status: 'False', reason: 'QuorumLost' })
    expect(condition(seen, 'FaultTolerant')?.status).toBe('False')
    expect(seen.status?.nextStep).toMatchObject({ action: 'Block', reason: 'QuorumLost' })
    expect(rowOf(seen, 'demo-0')?.role).toBe('Failed')
    expect(rowOf(seen, 'demo-2')?.role).toBe('Voter')

    // A wish that would end the survivor is not followed.
    await demo.change({ size: 1 })
    await demo.until('the new size is seen', 20, (one) => one.status?.observedGeneration === one.metadata.generation)
    await rest(10)
    expect(isStalled(await demo.get(), 'QuorumLost')).toBe(true)
    await expectUntouched(demo, survivor)

    // What the message says that the survivor can still do.
    expect(await kubectl(['exec', 'demo-2', '--', 'etcdctl', 'get', 'the/last', '--consistency=s', '--print-value-only'])).toBe('word\n')
    const file = join(mkdtempSync(join(tmpdir(), 'rescue-')), 'rescued.db')
    const tool = (name: string) => join(k8s.info.bin, `etcd-${etcdVersion}`, name)
    const saved = await forwarded(k8s, stage.namespace, 'pod/demo-2', async (port) =>
      run(tool('etcdctl'), [...(await etcdctlFlags(k8s, stage.namespace, 'demo', port)), 'snapshot', 'save', file]),
    )
    expect(saved).toContain(`Snapshot saved at ${file}`)
    expect(await run(tool('etcdutl'), ['snapshot', 'status', file, '-w', 'table'])).toMatch(/TOTAL KEYS/)

    await loseVolumes(stage, ['demo-2'])
    const nothing = await demo.until('nothing is left, which is told', 90, (one) => isStalled(one, 'AllMembersLost'))
    expect(condition(nothing, 'Stalled')?.message).toMatch(/no member is left to take a snapshot from.*No verified backup is known/)
  },
)

scenario('a majority that is frozen is not taken for a lost one', { seconds: 180, skip: !isLong }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const ids = await idsOf(demo)
  const clients = await stage.writer({ writers: 2 })
  const frozen = [await podOf(demo, 'demo-0'), await podOf(demo, 'demo-1')]
  const survivor = await podOf(demo, 'demo-2')

  for (const pod of frozen) signalEtcd(pod, 'SIGSTOP')
  try {
    const seen = await demo.until('that is told', 40, ({ status }) => status?.nextStep?.reason === 'MajorityUnreachable')
    expect(seen.status?.nextStep?.message).toMatch(/demo-0 on node .*demo-1 on node .*Restore no backup before that/)
    expect(condition(seen, 'Stalled')?.status).toBe('False')
    const stale = await demo.until('nothing stale is told', 50, (one) => condition(one, 'Available')?.status !== 'True')
    expect(condition(stale, 'Ready')?.status).not.toBe('True')
    await expectUntouched(demo, survivor)
  } finally {
    for (const pod of frozen) signalEtcd(pod, 'SIGCONT')
  }
  await demo.untilReady(60)
  expect(await idsOf(demo)).toEqual(ids)
  expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

scenario(
  'a member that somebody added by hand is reported and never removed, and nothing is changed beside it',
  { seconds: 180, alone: true, skip: !isLong },
  async (stage) => {
    const { kubectl } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    await demo.untilReady()
    const clients = await stage.writer({ writers: 2 })

    // For the first seconds etcd refuses changes of the list itself.
    const add = ['exec', 'demo-0', '--', 'etcdctl', 'member', 'add', 'stranger', '--learner', '--peer-urls=http://10.255.255.1:2380']
    await until('etcd takes the stranger', 20, () => kubectl(add), 1000)
    const told = await demo.until('the stranger is told', 30, (one) => isStalled(one, 'UnknownMember'))
    const { message = '' } = condition(told, 'Stalled') ?? {}
    expect(message).toMatch(/10\.255\.255\.1.*never started.*no other member can join/)
    const [, id = ''] = /etcdctl member remove ([0-9a-f]+)/.exec(message) ?? []

    await demo.change({ size: 5 })
    await demo.until('the new size is seen', 20, (one) => one.status?.observedGeneration === one.metadata.generation)
    await rest(10)
    expect(await idsOf(demo)).toContain(id)
    expect(await demo.pods()).toHaveLength(3)
    expect(condition(await demo.get(), 'Available')?.status).toBe('True')

    // The way out that the message names; then the operator goes on by itself.
    await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'member', 'remove', id])
    expect((await demo.untilReady(90)).status?.members).toBe(5)
    expect(await clients.verify()).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
  },
)

scenario(
  'members that only the operator does not reach are reported as not known, and serve on',
  { seconds: 180, alone: true },
  async (stage) => {
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    await demo.untilReady()
    const ids = await idsOf(demo)
    const clients = await stage.writer({ writers: 2 })
    const operators = await operatorPods(stage.k8s)
    const pods = await demo.pods()
    const uids = uidsOf(pods)

    const cuts = await Promise.all(pods.map((pod) => cutOff(pod, operators)))
    try {
      const seen = await demo.until('contact is lost', 60, (one) => condition(one, 'Available')?.status === 'Unknown')
      expect(condition(seen, 'Available')?.reason).toBe('NoContact')
      expect(condition(seen, 'Ready')?.status).toBe('Unknown')
      expect(condition(seen, 'FaultTolerant')?.status).toBe('Unknown')
      await demo.change({ size: 1 })
      await demo.until('the new size is seen', 20, (one) => one.status?.observedGeneration === one.metadata.generation)
      await rest(5)
      expect(uidsOf(await demo.pods())).toEqual(uids)
      await demo.change({ size: 3 })
    } finally {
      await heal(cuts)
    }
    await demo.untilReady(60)
    expect(await idsOf(demo)).toEqual(ids)
    expect(uidsOf(await demo.pods())).toEqual(uids)
    expect(await clients.verify()).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
  },
)

scenario('an operator that is cut off together with a minority changes nothing', { seconds: 180, skip: !isLong }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const ids = await idsOf(demo)
  const clients = await stage.writer({ writers: 2 })
  const pods = await demo.pods()
  const [alone, ...others] = pods
  if (alone === undefined) throw new Error('there is no pod')
  const operators = await operatorPods(stage.k8s)

  const cuts = [await cutOff(alone, others), ...(await Promise.all(others.map((pod) => cutOff(pod, operators))))]
  try {
    const seen = await demo.until('the minority speaks for nobody', 60, (one) => condition(one, 'Available')?.status === 'Unknown')
    expect(seen.status?.nextStep?.reason).toBe('MajorityUnreachable')
    await demo.change({ size: 5 })
    await demo.until('the new size is seen', 20, (one) => one.status?.observedGeneration === one.metadata.generation)
    await rest(5)
    expect(uidsOf(await demo.pods())).toEqual(uidsOf(pods))
    await demo.change({ size: 3 })
  } finally {
    await heal(cuts)
  }
  await demo.untilReady(60)
  expect(await idsOf(demo)).toEqual(ids)
  // Those that were on their way to the member that was cut off may fail; the others, and what was acknowledged, are there.
  expect(await clients.verify()).toMatchObject({ backwards: 0, verification: { lost: 0 } })
})

/** Deletes claims and ends their pods at the same moment, as the loss of their disks would. */
async function loseVolumes({ kubectl }: Stage, names: readonly string[]): Promise<void> {
  await kubectl(['delete', 'persistentvolumeclaim', ...names.map((name) => `data-${name}`), '--wait=false'])
  await kubectl(['delete', 'pod', ...names, '--grace-period=0', '--force'])
}

async function expectUntouched(demo: ClusterHandle, before: Pod): Promise<void> {
  const now = await podOf(demo, before.metadata.name)
  expect(now.metadata.uid).toBe(before.metadata.uid)
  expect(now.metadata.deletionTimestamp).toBeUndefined()
  expect(now.status?.containerStatuses?.[0]?.restartCount).toBe(0)
}

async function heal(cuts: readonly Cut[]): Promise<void> {
  for (const cut of cuts) await cut.heal()
}
