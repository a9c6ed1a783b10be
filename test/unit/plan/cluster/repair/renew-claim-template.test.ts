import { describe, expect, test } from 'vitest'
import { known } from '../../../../../src/model/known.ts'
import { podsToKeep } from '../../../../../src/objects/cluster/kept-pods.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { renewClaimTemplate } from '../../../../../src/plan/cluster/repair/renew-claim-template.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { decides, inShort } from '../../../../builders/decides.ts'

const names = ['demo-0', 'demo-1', 'demo-2'] as const
const asked = { requestedBytes: 2 ** 31, madeFor: { bytes: 2 ** 31, className: '' } }
const each = (scene: Scene, change: (scene: Scene, name: string) => Scene) => names.reduce(change, scene)
const running = aCluster()
  .running()
  .with({ expandable: known(new Map([['standard', true]])) })
const wished = running.withSpec({ storage: { ...running.cluster.spec.storage, size: '2Gi' } })
const growing = each(wished, (scene, name) => scene.withVolume(name, asked))
const kept = each(growing, (scene, name) => scene.withPod(name, { kept: true }))

describe('renewClaimTemplate', () => {
  decides(renewClaimTemplate, {
    'first makes the pods belong to the EtcdCluster, so that none outlives it': [growing, 'wait RenewingClaimTemplate'],
    'deletes the StatefulSet without its pods': [kept, 'DeleteStatefulSet'],
    'is content with a StatefulSet that makes such volumes': [kept.withStatefulSet({ volumeSize: '2048Mi' })],
    'leaves it as long as a claim has not been told': [kept.withVolume('demo-1', { requestedBytes: 2 ** 30 })],
    'leaves it where a volume can not grow': [
      kept.withVolume('demo-1', { resize: { state: 'infeasible', since: undefined, message: '' } }),
    ],
    'waits for a pod that is away: nothing would bring it back meanwhile': [kept.withoutPod('demo-1')],
    'waits for a pod that ends': [kept.withPod('demo-1', { endsBy: running.now })],
    'waits for a member that is not ready': [kept.withPod('demo-1', { ready: false })],
    'waits for a voter that was stopped to leave': [kept.withVoter('demo-3').withoutPod('demo-3').withStatefulSet({ replicas: 3 })],
    'does not wait for a member that can not join, because it may want another claim': [
      kept.withLearner('demo-3', { started: false }).withPod('demo-3', { kept: true, unschedulable: 'unbound' }),
      'DeleteStatefulSet',
    ],
    'waits for a roll to bring its template first': [kept.withStatefulSet({ template: 'another' })],
    'waits until the StatefulSet is known as it is': [kept.withStatefulSet({ current: false })],
  })

  test('pods are kept only when the StatefulSet is to be made again', () => {
    expect(podsToKeep(growing).map(({ name }) => name)).toEqual(names)
    expect(podsToKeep(running)).toEqual([])
    expect(podsToKeep(kept)).toEqual([])
  })

  test('a person who pauses the cluster in between is told what that costs', () => {
    const between = kept.with({ statefulSet: { state: 'absent' } })
    const message = (view: Scene) => planCluster(view.paused()).kind === 'block' && planCluster(view.paused())
    expect(message(between)).toMatchObject({ reason: 'Paused', message: expect.stringContaining('There is no StatefulSet') })
    expect(message(kept)).toMatchObject({ message: expect.not.stringContaining('StatefulSet') })
  })

  test('whoever finds the StatefulSet deleted makes it again, for the same members, before anything else', () => {
    const between = kept.with({ statefulSet: { state: 'absent' } })
    expect(inShort(planCluster(between))).toBe('CreateStatefulSet 3')
    expect(inShort(planCluster(between.withoutPod('demo-1')))).toBe('CreateStatefulSet 3')
    const silent = each(between, (scene, name) => scene.silent(name))
    expect(inShort(planCluster(silent.with({ membership: { known: false, why: 'nobody answers' } })))).toBe('CreateStatefulSet 3')
  })
})
