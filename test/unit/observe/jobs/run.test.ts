import { describe, expect, test } from 'vitest'
import type { CoreEvent, Job, Pod } from '../../../../src/adapters/kube/kinds.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import { type AgentRun, lifeOf } from '../../../../src/model/agent/run.ts'
import { readAgentRun } from '../../../../src/observe/jobs/run.ts'
import { backedUp } from '../../../builders/a-backup.ts'
import { now } from '../../../builders/a-cluster.ts'
import { aJob, aJobPod, container } from './a-job.ts'

const owner = { kind: 'EtcdBackup', name: 'b1', uid: 'uid-b1' }
const failedMessage = JSON.stringify({ result: 'Failed', reason: 'VolumeFull', message: 'no room' })

interface Asked {
  readonly kind: string
  readonly selector: string | undefined
}

type Warning = readonly [reason: string, message: string]

/** An API server that lists these pods and warnings. */
function server(pods: readonly Pod[], warnings: readonly Warning[] = []) {
  const asked: Asked[] = []
  const events = warnings.map(
    ([reason, message]) => ({ reason, message, metadata: { creationTimestamp: '2026-11-21T10:00:00Z' } }) as CoreEvent,
  )
  const list = async (kind: { kind: string }, where: { labelSelector?: string; fieldSelector?: string }) => {
    asked.push({ kind: kind.kind, selector: where.labelSelector ?? where.fieldSelector })
    return { items: kind.kind === 'Pod' ? pods : events, resourceVersion: '1' }
  }
  return { kube: { list } as unknown as Kube, asked }
}

function troubleIn(run: AgentRun) {
  const life = lifeOf(run)
  return life.life === 'stuck' ? life.trouble : undefined
}

function resultIn(run: AgentRun) {
  const life = lifeOf(run)
  return life.life === 'reported' ? life.result : undefined
}

async function read(job: Job | undefined, pods: readonly Pod[] = [], warnings: readonly Warning[] = []) {
  const { kube, asked } = server(pods, warnings)
  return { run: await readAgentRun(kube, job, owner, now, new AbortController().signal), asked }
}

const ended = (message: string, exitCode: number) => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  containerStatuses: [container({ terminated: { exitCode, message, reason: 'Error' } })],
})

describe('whose a Job is', () => {
  test('is told by its owner’s uid', async () => {
    expect((await read(aJob('uid-b1'))).run.job).toMatchObject({ state: 'ours', uid: 'uid-job', deleting: false })
    expect((await read(aJob('uid-older'))).run.job).toEqual({ state: 'earlier', uid: 'uid-job' })
  })

  test('is told by its annotation when it outlives its owner', async () => {
    const { ownerReferences: _none, ...metadata } = aJob('').metadata
    const note = (uid: string) => ({ metadata: { ...metadata, annotations: { 'etcd-operator.dev/backup-uid': uid } } })
    expect((await read(note('uid-b1'))).run.job.state).toBe('ours')
    expect((await read(note('uid-older'))).run.job.state).toBe('earlier')
    expect((await read({ metadata })).run.job.state).toBe('foreign')
  })

  test('costs nothing to see where there is none, or none of ours', async () => {
    expect((await read(undefined)).asked).toEqual([])
    expect((await read(aJob('uid-older'))).asked).toEqual([])
  })
})

describe('a Job whose pod runs', () => {
  test('is asked for what its pods report', async () => {
    const { run, asked } = await read(aJob('uid-b1', { ready: 1 }))
    expect(run.job).toMatchObject({ value: { state: 'running', ready: true } })
    expect(asked.map(({ kind }) => kind)).toContain('Pod')
  })
})

describe('the result', () => {
  const failedJob = aJob('uid-b1', {
    conditions: [
      { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'too often', lastTransitionTime: '2026-11-21T10:00:09Z' },
    ],
  })

  test('is the last word of the newest pod', async () => {
    const older = aJobPod('a', ended('{"result":"Failed","reason":"NoHealthyMember","message":"none"}', 75), { second: 1 })
    const newer = aJobPod('b', ended(failedMessage, 3), { second: 2 })
    const { run } = await read(failedJob, [older, newer])
    expect(resultIn(run)).toEqual({ result: 'Failed', reason: 'VolumeFull', message: 'no room' })
    expect(run.job).toMatchObject({ value: { state: 'failed', failure: { reason: 'BackoffLimitExceeded' }, endedAt: now + 9_000 } })
  })

  test('is a success whatever pod reported it', async () => {
    const good = aJobPod('a', ended(JSON.stringify(backedUp), 0), { second: 1 })
    const { run } = await read(failedJob, [aJobPod('b', ended(failedMessage, 3), { second: 2 }), good])
    expect(resultIn(run)).toEqual(backedUp)
  })

  test('isn’t taken from a pod that only carries the label', async () => {
    const { run } = await read(failedJob, [aJobPod('a', ended(JSON.stringify(backedUp), 0), { owner: 'somebody' })])
    expect(run.pods).toEqual([])
  })

  test('isn’t taken from a message that was cut off', async () => {
    const { run } = await read(failedJob, [aJobPod('a', ended(JSON.stringify(backedUp).slice(0, -9), 0))])
    expect(resultIn(run)).toBeUndefined()
  })

  test('isn’t that of a container before the agent which ended well', async () => {
    const initContainerStatuses = [container({ terminated: { exitCode: 0, message: '{"result":"Prepared"}' } }, 'prepare')]
    const { run } = await read(aJob('uid-b1'), [aJobPod('a', { phase: 'Pending', initContainerStatuses })])
    expect(lifeOf(run)).toMatchObject({ life: 'working' })
  })

  test('is that of a container before the agent where that one failed', async () => {
    const initContainerStatuses = [container({ terminated: { exitCode: 3, message: failedMessage } }, 'prepare')]
    const { run } = await read(failedJob, [aJobPod('a', { phase: 'Failed', initContainerStatuses })])
    expect(resultIn(run)).toMatchObject({ reason: 'VolumeFull' })
  })
})

test('a pod that its node rejected has ended for the reason that the kubelet gives', async () => {
  const rejected = { phase: 'Failed', reason: 'OutOfcpu', message: 'Pod was rejected: not enough cpu' }
  const { run } = await read(aJob('uid-b1'), [aJobPod('a', rejected, { node: 'n1' })])
  expect(lifeOf(run)).toMatchObject({ life: 'working', exit: { reason: 'OutOfcpu', message: rejected.message } })
})

describe('a pod that another container keeps running', () => {
  const proxy = container({ running: {} }, 'istio-proxy')
  const meshed = (state: Parameters<typeof container>[0], beside = proxy) => ({
    phase: 'Running',
    containerStatuses: [beside, container(state)],
  })

  test('reports what its agent did', async () => {
    const terminated = { exitCode: 0, message: JSON.stringify(backedUp), finishedAt: '2026-11-21T09:59:30Z' }
    const { run } = await read(aJob('uid-b1', { active: 1 }), [aJobPod('a', meshed({ terminated }))])
    expect(resultIn(run)).toEqual(backedUp)
    expect(run.pods).toMatchObject([{ ended: false, agentEndedMs: 30_000 }])
  })

  test('isn’t believed to have ended because that container did', async () => {
    const ended = container({ terminated: { exitCode: 1, message: JSON.stringify(backedUp) } }, 'istio-proxy')
    const { run } = await read(aJob('uid-b1', { active: 1 }), [aJobPod('a', meshed({ running: {} }, ended))])
    expect(lifeOf(run)).toMatchObject({ life: 'working' })
  })

  test('is at work while that container can’t be started', async () => {
    const waiting = container({ waiting: { reason: 'ImagePullBackOff', message: '' } }, 'istio-proxy')
    const { run } = await read(aJob('uid-b1', { active: 1 }), [aJobPod('a', meshed({ running: {} }, waiting))])
    expect(lifeOf(run)).toMatchObject({ life: 'working' })
  })
})

describe('a pod that doesn’t run', () => {
  const waiting = (reason: string, message: string) => ({
    phase: 'Pending',
    containerStatuses: [container({ waiting: { reason, message } })],
  })
  const unscheduled = (message: string) => ({
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  })

  test.each([
    ['fits on no node', unscheduled('0/3 nodes are available: 3 Insufficient cpu.'), 'Unschedulable'],
    ['waits for its volume', unscheduled('persistentvolumeclaim "backups" is being deleted'), 'VolumePending'],
    ['can’t pull its image', waiting('ImagePullBackOff', 'Back-off pulling image'), 'ImagePullFailed'],
    ['can’t be made', waiting('CreateContainerConfigError', 'no such key'), 'PodRejected'],
  ])('because it %s says so', async (_why, status, reason) => {
    expect(troubleIn((await read(aJob('uid-b1'), [aJobPod('a', status)])).run)?.reason).toBe(reason)
  })

  test('because its volume is attached elsewhere says so in the kubelet’s words, after a while', async () => {
    const creating = waiting('ContainerCreating', '')
    const words = 'Multi-Attach error for volume "pvc-1": Volume is already exclusively attached to one node'
    const multiAttach: readonly Warning[] = [['FailedAttachVolume', words]]
    const long = aJobPod('a', creating, { node: 'n1' })
    const old = { ...long, metadata: { ...long.metadata, creationTimestamp: '2026-11-21T09:59:00Z' } }
    expect(troubleIn((await read(aJob('uid-b1'), [old], multiAttach)).run)).toEqual({
      reason: 'VolumePending',
      message: `the Job's pod waits for its volume: ${words}`,
    })
    expect((await read(aJob('uid-b1'), [long], multiAttach)).asked.map(({ kind }) => kind)).toEqual(['Pod'])
  })

  describe('because it is bound to the node of a pod with its volume', () => {
    const pod = aJobPod('a', unscheduled('0/3 nodes are available: 3 Insufficient cpu.'))
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['n2'] }]
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } }
    const volumes = [{ name: 'backups', persistentVolumeClaim: { claimName: 'backups' } }]
    const bound: Pod = { ...pod, spec: { containers: [], volumes, affinity: { nodeAffinity: required } } }
    const user = (nodeName: string): Pod => ({
      metadata: { ...pod.metadata, name: 'writer', ownerReferences: [] },
      spec: { containers: [], nodeName, volumes },
    })

    test('names that pod', async () => {
      const { run } = await read(aJob('uid-b1'), [bound, user('n2')])
      expect(lifeOf(run)).toMatchObject({ life: 'stuck', misplaced: false })
      expect(troubleIn(run)?.message).toContain('it has to go to node n2, where pod writer has the volume: delete that pod')
    })

    test.each([
      ['is gone', []],
      ['is on another node now', [user('n3')]],
    ])('is misplaced when that pod %s', async (_, others) => {
      const { run } = await read(aJob('uid-b1'), [bound, ...others])
      expect(lifeOf(run)).toMatchObject({ life: 'stuck', misplaced: true })
    })
  })

  test('because its claim is not there needs a person, once the scheduler should know of it', async () => {
    const lacking = aJobPod('a', unscheduled('persistentvolumeclaim "backups" not found'))
    const old = { ...lacking, metadata: { ...lacking.metadata, creationTimestamp: '2026-11-21T09:59:00Z' } }
    expect(troubleIn((await read(aJob('uid-b1'), [old])).run)).toEqual({
      reason: 'ClaimNotFound',
      message: "the Job's pod waits for its volume: there is no PersistentVolumeClaim backups; create it",
    })
    expect(troubleIn((await read(aJob('uid-b1'), [lacking])).run)?.reason).toBe('VolumePending')
  })

  test('nor ends, because its node is lost, needs a person who knows of that node', async () => {
    const running = { phase: 'Running', containerStatuses: [container({ running: {} })] }
    const pod = aJobPod('a', running, { node: 'n2' })
    const ending = (deletionTimestamp: string) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp } })
    expect(troubleIn((await read(aJob('uid-b1'), [ending('2026-11-21T09:58:00Z')])).run)).toMatchObject({
      reason: 'PodTerminating',
      message: expect.stringContaining('pod a on node n2'),
    })
    expect(troubleIn((await read(aJob('uid-b1'), [ending('2026-11-21T09:59:30Z')])).run)).toBeUndefined()
  })

  test('because a quota refuses it is told by the Job’s event', async () => {
    const { run } = await read(
      aJob('uid-b1'),
      [],
      [['FailedCreate', 'Error creating: pods "b1-backup-x" is forbidden: exceeded quota: few']],
    )
    expect(troubleIn(run)?.reason).toBe('QuotaExceeded')
  })
})
