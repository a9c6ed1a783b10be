import { describe, expect, test } from 'vitest'
import { scaleUp } from '../../../../../src/plan/cluster/change/scale-up.ts'
import { addWaiting } from '../../../../../src/plan/cluster/finish/joining.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { isStalled } from '../../../../../src/plan/decision.ts'
import { aCluster, incarnation, type Scene } from '../../../../builders/a-cluster.ts'
import { from } from '../../../../builders/a-restore.ts'
import { decides } from '../../../../builders/decides.ts'

const names = (...ordinals: readonly number[]) => ordinals.map((ordinal) => `demo-${ordinal}`)
const joining = (scene: Scene, name: string, ...ordinals: readonly number[]) =>
  scene.withConfig(name, { state: 'joining', members: names(...ordinals) })

const three = aCluster({ size: 5 }).running(3)
const prepared = joining(joining(three, 'demo-3', 0, 1, 2, 3), 'demo-4', 0, 1, 2, 3, 4)
/** One learner at a time. */
const old = aCluster({ size: 5, version: '3.5.35' }).running(3)
/** A member of this name was here before. */
const left = (changes = {}) => three.withVolume('demo-3', { memberId: 'dead', ...changes })

describe('scaleUp', () => {
  decides(scaleUp, {
    'has nothing to do when as many are listed as are wished for': [aCluster().running()],
    'counts learners as well: they are on their way': [aCluster({ size: 3 }).running(1).withLearner('demo-1').withLearner('demo-2')],
    'begins with the configs of both that may join at once, each with the list as it will be then': [
      three,
      'WriteConfig demo-3=joining(0 1 2 3) demo-4=joining(0 1 2 3 4)',
    ],
    'begins with one config on etcd 3.5': [old, 'WriteConfig demo-3=joining(0 1 2 3)'],
    'begins with one config while a member was started with one learner only': [
      three.withConfig('demo-1', { maxLearners: 1 }),
      'WriteConfig demo-3=joining(0 1 2 3)',
    ],
    'corrects a config whose list is not what it will be': [joining(prepared, 'demo-3', 0, 1, 3), 'WriteConfig demo-3=joining(0 1 2 3)'],
    'then adds the first': [prepared, 'AddLearner demo-3'],
    'fills a gap first': [
      joining(aCluster({ size: 3, version: '3.5.35' }).running().without('demo-1'), 'demo-1', 0, 2, 1),
      'AddLearner demo-1',
    ],
    'adds none beside one that has not started': [joining(three.withLearner('demo-3', { started: false }), 'demo-4', 0, 1, 2, 3, 4)],
    'adds the second when the first has started': [
      joining(three.withLearner('demo-3', { looks: 0 }), 'demo-4', 0, 1, 2, 3, 4),
      'AddLearner demo-4',
    ],
    'adds no third learner': [aCluster({ size: 7 }).running(3).withLearner('demo-3').withLearner('demo-4')],
    'waits for a silent voter': [prepared.silent('demo-1'), 'wait MemberUnhealthy demo-1'],
    'waits for a voter whose pod is ending': [prepared.withPod('demo-1', { endsBy: 1 }), 'wait MemberUnhealthy demo-1'],
    'waits for a leader': [prepared.withLeader(undefined), 'wait StartingMembers'],
    'adds nobody whose pod a quota refuses': [
      prepared.with({ podRefusals: [{ pod: 'demo-3', message: 'exceeded quota: small', at: 0 }] }),
      'wait QuotaExceeded demo-3',
    ],

    'clears the volume that an earlier member of this name left': [left(), 'DeleteVolume demo-3'],
    'clears it before it writes the config, which would make it look like a new one': [
      left({ memberId: undefined }),
      'DeleteVolume demo-3',
    ],
    'takes a volume beside a joining config for the new one': [prepared.withVolume('demo-3'), 'AddLearner demo-3'],
    'writes the config as soon as the old volume is going': [
      left({ deleting: true }).withPod('demo-3'),
      'WriteConfig demo-3=joining(0 1 2 3) demo-4=joining(0 1 2 3 4)',
    ],
    'then ends the pod that holds on to it': [prepared.withVolume('demo-3', { deleting: true }).withPod('demo-3'), 'DeletePod demo-3'],
    'then waits until it is gone, and adds nobody before': [
      prepared.withVolume('demo-3', { deleting: true }).withPod('demo-3', { endsBy: 1 }),
      'wait ClearingOldVolume demo-3',
    ],
    'touches no volume of an earlier cluster of this name': [
      left({ clusterUid: 'earlier', clusterId: 'c0' }),
      'block RetainedVolumesFound demo-3',
    ],
    'lets a member of a restored cluster join beside it': [
      restored(left({ clusterUid: 'earlier', clusterId: 'c0' })),
      'WriteConfig demo-3=joining(0 1 2 3) demo-4=joining(0 1 2 3 4)',
    ],
    'not again when it failed to: its own log may lie there by now': [
      restored(left({ clusterUid: 'earlier', clusterId: 'c0' })).remembering({
        failedJoins: new Map([['demo-3', { count: 1, at: three.now - 60_000 }]]),
      }),
      'block RetainedVolumesFound demo-3',
    ],
    'clears what a member of a restored cluster left': [restored(left()), 'DeleteVolume demo-3'],
    'clears one that was adopted with this cluster': [
      left({ clusterUid: 'earlier' }).withVolume('demo-3', { clusterId: 'c1c1' }),
      'DeleteVolume demo-3',
    ],
    'says so when it may not delete volumes': [
      left().remembering({ volumeDeletionDeniedAt: three.now - 1000 }),
      'block MissingPermission demo-3',
    ],
    'tries that again later': [left().remembering({ volumeDeletionDeniedAt: three.now - 11 * 60_000 }), 'DeleteVolume demo-3'],

    'waits before a name that failed to join tries again': [
      old
        .resized(3)
        .without('demo-2')
        .remembering({ failedJoins: new Map([['demo-2', { count: 1, at: old.now }]]) }),
      'wait MemberNotStarting demo-2',
    ],
    'tries again after its back-off': [
      old
        .resized(3)
        .without('demo-2')
        .remembering({ failedJoins: new Map([['demo-2', { count: 1, at: old.now - 30_000 }]]) }),
      'WriteConfig demo-2=joining(0 1 2)',
    ],
    'lets another name join meanwhile': [
      three.remembering({ failedJoins: new Map([['demo-3', { count: 1, at: three.now }]]) }),
      'WriteConfig demo-4=joining(0 1 2 4)',
    ],
  })
})

/** It began with a backup. */
function restored(scene: Scene): Scene {
  return scene.withStatus({ bootstrap: { size: 1, token: 't', incarnation, restore: from } })
}

describe('addWaiting', () => {
  const second = joining(three.withLearner('demo-3', { looks: 0, config: { state: 'joining' } }), 'demo-4', 0, 1, 2, 3, 4)
  decides(addWaiting, {
    'adds the second of two the moment the first has started, before that one gets its guard': [second, 'AddLearner demo-4'],
    'leaves the first to scaleUp, after everything else': [prepared],
    'adds none beside one that has not started': [joining(three.withLearner('demo-3', { started: false }), 'demo-4', 0, 1, 2, 3, 4)],
    'adds none whose config is not written': [three.withLearner('demo-3', { looks: 0 })],
    'waits silently, so that other rules may speak': [second.silent('demo-0')],
    'has nothing to do on etcd 3.5': [old.withLearner('demo-3')],
  })
})

describe('a name that fails to join again and again', () => {
  const failed = (count: number) => ({ failedJoins: new Map([['demo-2', { count, at: old.now }]]) })
  const waiting = (count: number) => scaleUp(old.resized(3).without('demo-2').remembering(failed(count)))

  test('is tried again without help at first', () => {
    expect(isStalled(waiting(2) ?? steady, 1000)).toBe(false)
  })

  test('needs a person from the third time on, between the tries as well as in them', () => {
    expect(isStalled(waiting(3) ?? steady, 1000)).toBe(true)
    const trying = old.resized(3).without('demo-2').withLearner('demo-2', { started: false }).remembering(failed(3))
    expect(isStalled(planCluster(trying), 1000)).toBe(true)
  })
})

test('a name that failed to join says why between the tries, while its pod shows it', () => {
  const failed = { failedJoins: new Map([['demo-1', { count: 1, at: three.now }]]) }
  const kept = three.resized(3).unlisted('demo-1').withoutConfig('demo-1').silent('demo-1').remembering(failed)
  const unfit = { unschedulable: '0/3 nodes are available', node: undefined, etcd: { state: 'none' }, ready: false } as const
  expect(planCluster(kept.withPod('demo-1', unfit))).toMatchObject({
    reason: 'MemberNotStarting',
    message:
      'demo-1 failed to join once; next try in 30 s. demo-1 fits on no node: 0/3 nodes are available; correct spec.pod, or make room',
  })
})

const steady = { kind: 'steady' } as const
