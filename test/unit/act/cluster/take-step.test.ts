import { describe, expect, test } from 'vitest'
import { type StepDecision, type StepMoves, takeStep } from '../../../../src/act/cluster/take-step.ts'
import { Failure } from '../../../../src/adapters/failure.ts'
import { annotation } from '../../../../src/api/labels.ts'
import type { ClusterView } from '../../../../src/model/cluster/view.ts'
import type { Observation } from '../../../../src/observe/cluster/observe.ts'
import { planCluster } from '../../../../src/plan/cluster/policy.ts'
import type { Step } from '../../../../src/plan/cluster/step.ts'
import { statusOf } from '../../../../src/report/cluster/status.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const seen = aCluster().running().withStatefulSet({ replicas: 2 })

/** The moves of a world that looks like `live` by the time of the second look; `took` is what happened, in order. */
function moves(live: Scene, { lookMs = 10, onAnnounce = () => {} } = {}) {
  const took: (string | Step)[] = []
  let nowMs = 0
  const fake: StepMoves = {
    async announce(view) {
      onAnnounce()
      took.push('announced')
      return { ...view.cluster, metadata: { ...view.cluster.metadata, resourceVersion: '2' } }
    },
    async observeLive(cluster) {
      took.push(`looked at ${cluster.metadata.resourceVersion}`)
      nowMs += lookMs
      return observation(live)
    },
    plan: planCluster,
    async perform(_, step) {
      took.push(step)
      nowMs += 5
    },
    monotonicMs: () => nowMs,
  }
  return { fake, took }
}

/** Of the objects nothing is read here. */
function observation(view: ClusterView): Observation {
  const objects = {
    cluster: view.cluster,
    statefulSet: undefined,
    configMap: undefined,
    clientService: undefined,
    peerService: undefined,
    budget: undefined,
    networkPolicy: undefined,
    pods: [],
    volumes: [],
    refusals: [],
    warnings: new Map(),
    storageClass: view.storageClass,
    storageClasses: [],
    expandable: view.expandable,
  }
  return { view, objects }
}

function decided(view: ClusterView): StepDecision {
  const decision = planCluster(view)
  if (decision.kind !== 'step') throw new Error(`no step but ${decision.kind}`)
  return decision
}

describe('a step', () => {
  test('is announced, looked at again, and carried out', async () => {
    const { fake, took } = moves(seen)
    const decision = decided(seen)
    expect(await takeStep(fake, seen, decision)).toEqual({ kind: 'done', durationMs: 15 })
    expect(took).toEqual(['announced', 'looked at 2', decision.step])
  })

  test('is not carried out when the live look leads to another step', async () => {
    const { fake, took } = moves(
      seen
        .withStatefulSet({ replicas: 1 })
        .withoutPod('demo-1')
        .with({ statefulSet: { state: 'absent' } }),
    )
    const outcome = await takeStep(fake, seen, decided(seen))
    expect(outcome).toMatchObject({ kind: 'changed', decision: { kind: 'step', step: { do: 'CreateStatefulSet' } } })
    expect(took).toEqual(['announced', 'looked at 2'])
  })

  test('is not carried out when another object has taken the place of the one that it was planned for', async () => {
    const leaving = aCluster({ size: 1 }).running(2)
    const { fake, took } = moves(leaving.withPod('demo-1', { uid: 'another' }))
    expect(await takeStep(fake, leaving, decided(leaving))).toMatchObject({ kind: 'changed' })
    expect(took).toEqual(['announced', 'looked at 2'])
  })

  test('is not carried out when nothing is left to do', async () => {
    const live = aCluster().running()
    const { fake, took } = moves(live)
    expect(await takeStep(fake, seen, decided(seen))).toMatchObject({ kind: 'changed', decision: { kind: 'steady' }, view: live })
    expect(took).toEqual(['announced', 'looked at 2'])
  })

  test('is not carried out when somebody pauses in between', async () => {
    const { fake, took } = moves(seen.paused())
    expect(await takeStep(fake, seen, decided(seen))).toMatchObject({ kind: 'changed', decision: { reason: 'Paused' } })
    expect(took).not.toContainEqual(expect.objectContaining({ do: 'SetReplicas' }))
  })

  test('is carried out only with an approval that is still there at the live look', async () => {
    const waiting = aCluster({ repair: { automatic: false } })
      .running()
      .crashed('demo-1', 'empty-volume')
    const { nextStep } = statusOf(waiting, planCluster(waiting))
    const approved = waiting.annotated({ [annotation.approve]: nextStep?.id ?? '' })
    const decision = decided(approved)
    expect(decision.step).toMatchObject({ do: 'RemoveMember', member: 'demo-1' })

    const still = moves(approved)
    expect(await takeStep(still.fake, approved, decision)).toMatchObject({ kind: 'done' })
    expect(still.took).toContainEqual(decision.step)

    const takenBack = moves(waiting)
    expect(await takeStep(takenBack.fake, approved, decision)).toMatchObject({ kind: 'changed', decision: { reason: 'ApprovalNeeded' } })
    expect(takenBack.took).not.toContainEqual(decision.step)
  })

  test('is not carried out on a look that took too long', async () => {
    const { fake, took } = moves(seen, { lookMs: 10_001 })
    expect(await takeStep(fake, seen, decided(seen))).toMatchObject({
      kind: 'late',
      why: expect.stringContaining('reading everything again'),
    })
    expect(took).toEqual(['announced', 'looked at 2'])
  })

  test('does not even look when somebody else wrote the status first', async () => {
    const lost = new Error('conflict')
    const { fake, took } = moves(seen, {
      onAnnounce: () => {
        throw lost
      },
    })
    await expect(takeStep(fake, seen, decided(seen))).rejects.toBe(lost)
    expect(took).toEqual([])
  })

  test('that is refused is reported over the announcement', async () => {
    const { fake } = moves(seen)
    const refusing = { ...fake, perform: () => Promise.reject(new Failure('forbidden', 'statefulsets is forbidden')) }
    expect(await takeStep(refusing, seen, decided(seen))).toMatchObject({
      kind: 'refused',
      decision: { kind: 'wait', reason: 'MissingPermission', next: 'SetReplicas' },
      view: { cluster: { metadata: { resourceVersion: '2' } } },
    })
  })

  test.each([
    ['freezes the beginning', aCluster()],
    ['pins the cluster', aCluster({ size: 1 }).starting().withAnswer('demo-0').withMembership([])],
  ])('that %s is its own announcement', async (_, view) => {
    const { fake, took } = moves(view)
    expect(await takeStep(fake, view, decided(view))).toMatchObject({ kind: 'done' })
    expect(took).toEqual(['looked at 1', decided(view).step])
  })
})
