import { describe, expect, test } from 'vitest'
import { annotation } from '../../../../../src/api/labels.ts'
import type { ClusterView } from '../../../../../src/model/cluster/view.ts'
import { known } from '../../../../../src/model/known.ts'
import { foresee } from '../../../../../src/plan/cluster/foresee/foresee.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { step } from '../../../../../src/plan/cluster/step.ts'
import { statusOf } from '../../../../../src/report/cluster/status.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { absent, certificates } from '../../../../builders/certificates.ts'

/** `AddLearner demo-3`; with a `!` where it disrupts. */
const inShort = (view: ClusterView) =>
  foresee(view).map(({ action, member, disrupts }) => `${action}${member === undefined ? '' : ` ${member}`}${disrupts ? '!' : ''}`)

const leaves = (name: string) => [
  `StopServing ${name}!`,
  `SetReplicas ${name}!`,
  `RemoveMember ${name}!`,
  'WriteConfig',
  `DeleteVolume ${name}`,
]
const shrinking = aCluster({ size: 3 }).running(5)

describe('the steps ahead', () => {
  test('of a cluster that has nothing to do are none', () => {
    expect(foresee(aCluster().running())).toEqual([])
  })

  test('of a cluster that begins encrypted name its certificates, and all that follows', () => {
    const none = { peerCa: absent, clientCa: absent, peerTls: absent, serverTls: absent, client: absent }
    const begins = aCluster({ tls: { mode: 'Required' } }).with({ tls: certificates(none) })
    const rows = inShort(begins)
    expect(rows.slice(0, 8)).toEqual([
      ...['FreezeBootstrap', 'CreateCa', 'CreateCa', 'WriteCertificates', 'WriteCertificates', 'WriteCertificates'],
      ...['WriteConfig', 'CreateStatefulSet'],
    ])
    expect(rows).toEqual([...rows.slice(0, 1), ...rows.slice(1, 6), ...inShort(aCluster()).slice(1)])
  })

  test('are told with their reasons, and with whether they disrupt', () => {
    expect(foresee(shrinking)[0]).toEqual({
      action: 'StopServing',
      member: 'demo-4',
      reason: 'ScalingDown',
      message: 'taking demo-4 out of the client Service',
      disrupts: true,
    })
    expect(inShort(shrinking)).toEqual([...leaves('demo-4'), ...leaves('demo-3')])
  })

  test('are the same outside of the maintenance windows, in a dry run and without their approvals', () => {
    const held = shrinking.outsideWindow().annotated({ [annotation.dryRun]: 'true' })
    expect(planCluster(held)).toMatchObject({ kind: 'block', reason: 'DryRun' })
    expect(inShort(held)).toEqual(inShort(shrinking))
    const failed = aCluster().running().crashed('demo-1', 'empty-volume')
    const asked = failed.withSpec({ repair: { ...failed.cluster.spec.repair, automatic: false } })
    expect(planCluster(asked)).toMatchObject({ kind: 'block', reason: 'ApprovalNeeded' })
    expect(inShort(asked)).toEqual(inShort(failed))
  })

  test('of a repair disrupt nothing that is not broken', () => {
    const rows = foresee(aCluster().running().crashed('demo-1', 'empty-volume'))
    expect(rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['RemoveMember', 'DeleteVolume', 'AddLearner', 'PromoteLearner']),
    )
    expect(rows.filter(({ disrupts }) => disrupts)).toEqual([])
  })

  test('of larger volumes grow each of them, and make the StatefulSet again', () => {
    const growing = aCluster({ size: 3 })
      .running()
      .withSpec({ storage: { ...aCluster().cluster.spec.storage, size: '2Gi' } })
      .with({ expandable: known(new Map([['standard', true]])) })
    const steps = inShort(growing)
    expect(steps.slice(0, 3)).toEqual(['GrowVolume demo-0', 'GrowVolume demo-1', 'GrowVolume demo-2'])
    expect(steps.slice(3, 5)).toEqual(['DeleteStatefulSet', 'CreateStatefulSet'])
    expect(steps.at(-1)).not.toMatch(/Wait|Block|More/)
  })

  test.each([
    ['3.5.35', '3.6.16', ['UpdateTemplate']],
    ['3.6.16', '3.6.17', ['UpdateTemplate']],
    ['3.6.16', '3.7.3', ['UpdateTemplate']],
    ['3.7.3', '3.6.16', ['EnableDowngrade', 'UpdateTemplate']],
    ['3.5.35', '3.7.3', ['UpdateTemplate', 'UpdateTemplate']],
  ])('from etcd %s to %s restart each member, the leader last', (from, to, begins) => {
    const rows = foresee(aCluster({ version: from }).running().withSpec({ version: to }))
    expect(rows.at(-1)?.action).not.toMatch(/Wait|Block|More/)
    const turns = rows.filter(({ action }) => action === 'DeletePod').map(({ member }) => member)
    const all = ['demo-0', 'demo-1', 'demo-2']
    expect(turns.toSorted()).toEqual(
      begins
        .filter((action) => action === 'UpdateTemplate')
        .flatMap(() => all)
        .toSorted(),
    )
    expect(rows.filter(({ action }) => begins.includes(action)).map(({ action }) => action)).toEqual(begins)
    expect(rows.filter(({ action }) => action === 'MoveLeader')).toHaveLength(turns.length / 3)
  })

  test('end at what only a person can change', () => {
    expect(foresee(shrinking.withStranger())).toMatchObject([{ action: 'Block', reason: 'UnknownMember', disrupts: false }])
    expect(foresee(shrinking.paused())).toMatchObject([{ action: 'Block', reason: 'Paused' }])
    expect(foresee(shrinking.resized(4))).toMatchObject([{ action: 'Block', reason: 'InvalidSpec' }])
  })

  test('end at what only the world can change', () => {
    const full = shrinking.withPod('demo-1', { unschedulable: 'no node fits', etcd: { state: 'none' }, ready: false }).silent('demo-1')
    expect(foresee(full)).toMatchObject([{ action: 'Wait', reason: 'Unschedulable', member: 'demo-4', disrupts: false }])
    expect(foresee(aCluster().running().withoutMajority())).toMatchObject([{ action: 'Wait' }])
  })

  test('end where it is not known what comes of a step', () => {
    const restored = aCluster({ bootstrap: { restore: { backup: 'b1' } } })
    const rows = foresee(restored)
    expect(['Wait', 'Block', 'More']).toContain(rows.at(-1)?.action)
  })

  test('are at most 200, and say so', () => {
    // A rule that goes round in circles, as none should.
    const rows = foresee(shrinking, ({ now }) => step('ScalingUp', 'again', { do: 'StopServing', member: 'demo-0', uid: String(now) }))
    expect(rows).toHaveLength(200)
    expect(rows.at(-1)).toMatchObject({ action: 'More', reason: 'NotForeseen', message: 'the plan has more than 199 steps' })
  })
})

describe('status.plan', () => {
  const asked = (value: string) => shrinking.annotated({ [annotation.dryRun]: value })

  test('is there with the annotation alone', () => {
    expect(statusOf(shrinking, planCluster(shrinking)).plan).toBeUndefined()
    expect(statusOf(asked('false'), planCluster(asked('false'))).plan).toBeUndefined()
    expect(statusOf(asked('true'), planCluster(asked('true'))).plan).toHaveLength(10)
  })

  test('is empty where nothing is to be done', () => {
    const steady = aCluster()
      .running()
      .annotated({ [annotation.dryRun]: 'true' })
    expect(statusOf(steady, planCluster(steady))).toMatchObject({ plan: [], nextStep: { action: 'Block', reason: 'DryRun' } })
  })
})
