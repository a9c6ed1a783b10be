import { describe, expect, test } from 'vitest'
import { missingMajority } from '../../../../src/model/cluster/majority.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const alone = three.withoutMajority().silent('demo-0').silent('demo-1')
const lost = (scene: Scene, ...names: readonly string[]) => names.reduce((seen, name) => seen.crashed(name, 'empty-volume'), scene)
const newest = { name: 'nightly', time: '2026-11-21T03:00:00Z', revision: '4711' }
const backedUp = (scene: Scene) => scene.with({ backups: { newest, schedules: [], running: [], phases: new Map() } })

test('nothing is missing while a majority answers', () => {
  expect(missingMajority(three)).toBeUndefined()
})

describe('a majority whose volumes are lost', () => {
  const missing = missingMajority(backedUp(lost(alone, 'demo-0', 'demo-1')))

  test('is named with its members and the evidence', () => {
    expect(missing).toMatchObject({ reason: 'QuorumLost', isCertain: true, needsPerson: true })
    expect(missing?.message).toMatch(/^2 of 3 voters lost their volumes/)
    for (const name of ['demo-0', 'demo-1']) expect(missing?.message).toContain(`${name} refuses to start: there is no log on its volume`)
  })

  test('leaves a survivor, and its message says what the survivor can still do', () => {
    expect(missing?.survivors).toEqual(['demo-2'])
    expect(missing?.message).toContain('demo-2 still answers: take a snapshot of it now, with kubectl port-forward pod/demo-2 2379')
    expect(missing?.message).toContain('restart, delete or drain no pod before that')
    expect(missing?.message).toContain('into a new EtcdCluster')
    expect(missing?.message).toContain(
      'restore backup nightly (revision 4711, completed 2026-11-21T03:00:00Z) only if there is no snapshot',
    )
  })

  test('leaves the choice where two of five survive', () => {
    const two = missingMajority(lost(aCluster({ size: 5 }).running().withoutMajority(), 'demo-0', 'demo-1', 'demo-2'))
    expect(two?.message).toContain('demo-3 and demo-4 still answer; take the one with the highest revision')
  })

  test('asks for no backup beside a survivor where none is known', () => {
    const { message } = missingMajority(lost(alone, 'demo-0', 'demo-1')) ?? {}
    expect(message).toMatch(/Restore the snapshot into a new EtcdCluster. No verified backup is known$/)
  })

  test('keeps the volume of a member that does not answer', () => {
    const silent = missingMajority(lost(alone, 'demo-0', 'demo-1').silent('demo-2'))
    expect(silent).toMatchObject({ reason: 'QuorumLost', survivors: [] })
    expect(silent?.message).toContain(
      'demo-2 does not answer and may hold newer data than any backup: keep its volume. No verified backup is known',
    )
  })

  test('leaves no survivor where the process takes part in raft only: it was restarted, and serves nothing', () => {
    const restarted = lost(alone, 'demo-0', 'demo-1').takingPart('demo-2', { hasLeader: false })
    expect(missingMajority(restarted)?.survivors).toEqual([])
  })
})

describe('a voter that was told as lost', () => {
  const told = (scene: Scene, reason = 'QuorumLost') =>
    scene.withStatus({
      conditions: [{ type: 'Stalled', status: 'True', reason, message: '', lastTransitionTime: '2026-11-21T03:00:00Z' }],
      memberStatus: ['demo-0', 'demo-1'].map((name) => ({ name, role: 'Failed', leader: false, ready: false, message: '' })),
    })
  const creating = (scene: Scene) => scene.withPod('demo-0', { etcd: { state: 'waiting', reason: 'ContainerCreating', message: '' } })
  const running = (ms: number) => (scene: Scene) => scene.withPod('demo-0', { etcd: { state: 'running', since: scene.now - ms } })
  const begun = lost(alone, 'demo-1')

  test('stays lost while its pod is started on its new claim, and while etcd looks for its log', () => {
    for (const scene of [creating(begun), running(1_000)(begun), begun.withoutPod('demo-0')])
      expect(missingMajority(told(scene))).toMatchObject({
        reason: 'QuorumLost',
        message: expect.stringContaining('demo-0 lost its volume'),
      })
  })

  test('is not lost any more when its process stays up, or answers', () => {
    expect(missingMajority(told(running(31_000)(begun)))?.reason).not.toBe('QuorumLost')
    expect(missingMajority(told(begun.takingPart('demo-0', { hasLeader: false })))?.reason).not.toBe('QuorumLost')
  })

  test('is not lost where something else was told', () => {
    expect(missingMajority(told(creating(begun), 'MajorityDown'))?.reason).not.toBe('QuorumLost')
    expect(missingMajority(creating(begun))?.reason).not.toBe('QuorumLost')
  })
})

describe('when every volume is lost', () => {
  test('the newest backup is named', () => {
    const missing = missingMajority(backedUp(lost(alone, 'demo-0', 'demo-1', 'demo-2')))
    expect(missing).toMatchObject({ reason: 'AllMembersLost', isCertain: true, survivors: [] })
    expect(missing?.message).toContain('no member is left to take a snapshot from')
    expect(missing?.message).toContain('Restore backup nightly (revision 4711, completed 2026-11-21T03:00:00Z) into a new EtcdCluster')
  })

  test('the message says where no verified backup is known', () => {
    expect(missingMajority(lost(alone, 'demo-0', 'demo-1', 'demo-2'))?.message).toContain('No verified backup is known')
  })
})

describe('a majority that only does not answer', () => {
  test('is told with its nodes, and nobody is sent to a backup', () => {
    const missing = missingMajority(alone)
    expect(missing).toMatchObject({ reason: 'MajorityUnreachable', needsPerson: false })
    expect(missing?.message).toMatch(/demo-0 on node n1 does not answer.*Bring the nodes or the network back.*Restore no backup/)
  })

  test('is not taken for a lost one because one of its volumes is lost', () => {
    expect(missingMajority(lost(alone, 'demo-0'))).toMatchObject({ reason: 'MajorityUnreachable' })
  })

  test('may serve its clients where the operator reaches nobody', () => {
    expect(missingMajority(alone.silent('demo-2'))).toMatchObject({ reason: 'NoContact', isCertain: false })
  })

  test('is down where its pods are gone, and comes back by itself', () => {
    expect(missingMajority(alone.withoutPod('demo-0').withoutPod('demo-1'))).toMatchObject({
      reason: 'MajorityDown',
      isCertain: true,
      needsPerson: false,
      message: expect.stringMatching(/demo-0 does not answer, because it has no pod.*goes on with its data/),
    })
  })

  test('needs a person where its members can not start', () => {
    expect(missingMajority(alone.crashed('demo-0').crashed('demo-1'))).toMatchObject({
      reason: 'MajorityDown',
      needsPerson: true,
      message: expect.stringContaining('demo-0 exits again and again: panic'),
    })
  })
})

describe('a volume', () => {
  const twice = { cause: 'corrupt', count: 2, claimUid: 'volume-demo-1', podUid: 'pod-demo-1', start: 2 } as const
  const corrupt = (scene: Scene, name: string) =>
    scene.crashed(name, 'corrupt', 'walpb: crc mismatch').remembering({ exits: new Map([[name, twice]]) })

  test('whose log can not be read is as lost as an empty one', () => {
    const missing = missingMajority(corrupt(lost(alone, 'demo-0'), 'demo-1'))
    expect(missing).toMatchObject({ reason: 'QuorumLost', message: expect.stringContaining("demo-1 can't read its log or its database") })
  })

  test('whose disk is gone is lost without the word of any process', () => {
    const gone = alone.withoutPod('demo-0').withoutPod('demo-1').withVolume('demo-0', { lost: true }).withVolume('demo-1', { lost: true })
    expect(missingMajority(gone)).toMatchObject({ reason: 'QuorumLost', message: expect.stringContaining('demo-0 has lost its disk') })
  })
})

describe('nodes that are away', () => {
  const away = (scene: Scene, name: string) =>
    scene.withPod(name, { ready: false, node: 'n3' }).withNode('n3', { state: 'not-ready', since: 0 })

  test('leave it open whether their members serve: that Kubernetes takes their pods for not ready is no word of theirs', () => {
    expect(missingMajority(away(away(alone, 'demo-0'), 'demo-1'))).toMatchObject({ reason: 'MajorityUnreachable', isCertain: false })
  })

  test('are still away when Kubernetes has deleted their pods, and then a person is needed', () => {
    const evicted = ['demo-0', 'demo-1'].reduce((scene, name) => away(scene, name).withPod(name, { endsBy: scene.now - 3_600_000 }), alone)
    expect(missingMajority(evicted)).toMatchObject({
      reason: 'MajorityUnreachable',
      needsPerson: true,
      message: expect.stringMatching(/bring its node back.*Restore no backup before that/),
    })
  })
})

describe('the voters', () => {
  test('are those that the volumes of answering members are marked with, not learners', () => {
    const grown = aCluster({ size: 5 }).running(3).withLearner('demo-3').withoutMajority().silent('demo-1')
    expect(missingMajority(lost(grown, 'demo-0', 'demo-3'))).toMatchObject({ reason: 'MajorityUnreachable' })
  })

  test('are those with a config where no volume is marked', () => {
    const unmarked = lost(alone, 'demo-0', 'demo-1')
    expect(missingMajority(unmarked.with({ volumes: [] }))).toMatchObject({ reason: 'QuorumLost' })
  })
})
