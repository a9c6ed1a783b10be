import { describe, expect, test } from 'vitest'
import { podTrouble } from '../../../../src/model/cluster/pod-trouble.ts'
import type { Exit, PodFacts } from '../../../../src/model/cluster/view.ts'
import { known } from '../../../../src/model/known.ts'
import { aCluster, now, type Scene } from '../../../builders/a-cluster.ts'

const three = aCluster().running().silent('demo-1')
const waiting = (reason: string, message = ''): Partial<PodFacts> => ({ etcd: { state: 'waiting', reason, message } })
const unscheduled = (why: string) => three.withPod('demo-1', { unschedulable: why, etcd: { state: 'none' }, node: undefined })
const refused = (message: string) => three.withoutPod('demo-1').with({ podRefusals: [{ pod: 'demo-1', message, at: now }] })
const ended = (cause: Exit['cause']) => three.crashed('demo-1', cause)
const twice = (cause: Exit['cause']) =>
  ended(cause).remembering({ exits: new Map([['demo-1', { cause, count: 2, claimUid: 'volume-demo-1', podUid: 'pod-demo-1', start: 2 }]]) })

const rows: readonly (readonly [string, Scene, string, RegExp])[] = [
  [
    'whose image cannot be pulled',
    three.withPod('demo-1', waiting('ErrImagePull', 'not found')),
    'ImagePullFailed',
    /its image: not found; correct/,
  ],
  [
    'whose pull is in back-off',
    three.withPod('demo-1', waiting('ImagePullBackOff')),
    'ImagePullFailed',
    /its image: ImagePullBackOff; correct/,
  ],
  ['whose image name is wrong', three.withPod('demo-1', waiting('InvalidImageName')), 'ImagePullFailed', /InvalidImageName/],
  ['whose image may not be pulled', three.withPod('demo-1', waiting('ErrImageNeverPull')), 'ImagePullFailed', /ErrImageNeverPull/],
  ['whose registry is away', three.withPod('demo-1', waiting('RegistryUnavailable')), 'ImagePullFailed', /RegistryUnavailable/],
  [
    'whose container cannot be configured',
    three.withPod('demo-1', waiting('CreateContainerConfigError', 'no ConfigMap')),
    'PodRejected',
    /no ConfigMap/,
  ],
  ['whose container cannot be made', three.withPod('demo-1', waiting('CreateContainerError')), 'PodRejected', /CreateContainerError/],
  [
    'whose container cannot be run',
    three.withPod('demo-1', waiting('RunContainerError', 'no such file: etcd')),
    'PodRejected',
    /no such file: etcd/,
  ],
  ['that exits again and again', ended('other'), 'CrashLooping', /exits again and again: panic$/],
  ['that exits without an error, as one does that was removed', ended('left'), 'CrashLooping', /without an error: .*does not list it/],
  ['whose setting etcd refuses', ended('bad-option'), 'OptionRefused', /refuses a setting: panic; correct spec\.etcd/],
  [
    'whose disk is full',
    ended('volume-full'),
    'VolumeFull',
    /Its data is whole: raise spec.storage.size where the StorageClass of data-demo-1/,
  ],
  ['that may not read its files', ended('no-access'), 'VolumeReadOnly', /belong to user and group 65532/],
  ['whose disk is read-only', ended('read-only'), 'VolumeReadOnly', /the disk of data-demo-1 is read-only/],
  ['whose disk fails', ended('io-error'), 'VolumeFailed', /look at the node's log/],
  ['that a newer etcd has run', ended('newer-data'), 'NewerVersion', /set spec\.version to that version$/],
  ['that an etcd of long ago has run', ended('older-data'), 'VersionTooOld', /one minor version at a time$/],
  ['that takes too much memory', ended('out-of-memory'), 'OutOfMemory', /raise spec\.pod\.resources\.limits\.memory/],
  ['whose port is taken', ended('address-in-use'), 'CrashLooping', /has one of the ports 2379/],
  ['whose leader remembers more, once', ended('set-back'), 'CrashLooping', /If that stays so at the next start, its volume was set back$/],
  ['that can not read its data, once', ended('corrupt'), 'CrashLooping', /If that stays so at the next start, data-demo-1 is damaged$/],
  ['that can not read its data, twice', twice('corrupt'), 'VolumeDamaged', /at two starts in a row/],
  ['whose leader remembers more, twice', twice('set-back'), 'VolumeSetBack', /at two starts in a row/],
  ['whose log was emptied', ended('emptied'), 'VolumeLost', /the leader remembers what it had acknowledged/],
  ['that has another claim', three.withVolume('demo-1', { markedClaimUid: 'before' }), 'VolumeExchanged', /another claim/],
  ['that lost its volume', ended('empty-volume'), 'VolumeLost', /there is no log on its volume/],
  [
    'that lost its volume while the list is not known',
    ended('empty-volume').withoutMajority(),
    'VolumeLost',
    /there is no log on its volume/,
  ],
  [
    'that fits on no node',
    unscheduled('0/3 nodes are available: 3 Insufficient cpu.'),
    'Unschedulable',
    /3 Insufficient cpu\.; correct spec\.pod/,
  ],
  [
    'whose volume the node can not mount',
    three.withPod('demo-1', { ...waiting('ContainerCreating'), warning: { reason: 'FailedMount', message: 'MountVolume.SetUp failed' } }),
    'VolumePending',
    /waits for its volume: MountVolume\.SetUp failed$/,
  ],
  [
    'whose node has no network',
    three.withPod('demo-1', { etcd: { state: 'none' }, warning: { reason: 'FailedCreatePodSandBox', message: 'cni plugin' } }),
    'PodRejected',
    /sandbox can't be created: cni plugin$/,
  ],
  [
    'that was deleted and whose node is lost',
    three.withPod('demo-1', { endsBy: now - 60_000, node: 'n2' }),
    'PodTerminating',
    /pod demo-1 on node n2 was deleted and is still terminating/,
  ],
  [
    'that waits for its volume',
    unscheduled('pod has unbound immediate PersistentVolumeClaims'),
    'VolumePending',
    /unbound immediate PersistentVolumeClaims/,
  ],
  [
    'whose StorageClass does not exist',
    unscheduled('unbound')
      .withSpec({ storage: { ...three.cluster.spec.storage, className: 'quick' } })
      .with({ storageClass: known('missing'), storageClasses: ['slow', 'standard'] })
      .withVolume('demo-1', { bound: false }),
    'StorageClassMissing',
    /StorageClass quick does not exist \(there are slow, standard\); create it, or name another in spec.storage.className \(with .*MemberByMember/,
  ],
  [
    'that finds no default StorageClass',
    unscheduled('unbound')
      .with({ storageClass: known('no-default') })
      .withVolume('demo-1', { bound: false }),
    'StorageClassMissing',
    /there is no default StorageClass/,
  ],
  [
    'that fits on no node while a StorageClass is missing that its bound volume no longer needs',
    unscheduled('Insufficient cpu').with({ storageClass: known('missing') }),
    'Unschedulable',
    /Insufficient cpu/,
  ],
  [
    'that a quota refuses',
    refused('pods "demo-1" is forbidden: exceeded quota: small'),
    'QuotaExceeded',
    /can't be created: .*exceeded quota: small/,
  ],
  ['that a LimitRange refuses', refused('maximum cpu usage per Container is 1, but limit is 2'), 'QuotaExceeded', /maximum cpu usage/],
  ['that admission refuses', refused('admission webhook "policy" denied the request'), 'PodRejected', /denied the request/],
]

describe('the trouble of a member', () => {
  test.each(rows)('%s', (_, view, reason, message) => {
    expect(podTrouble(view, 'demo-1')).toEqual({ reason, message: expect.stringMatching(message) })
    expect(podTrouble(view, 'demo-1')?.message).toMatch(/^(pod )?demo-1/)
  })
})

describe('there is no trouble with a member', () => {
  const learner = aCluster({ size: 5 }).running(3).withLearner('demo-3', { started: false })
  const calm: readonly (readonly [string, Scene, string])[] = [
    ['that answers, whatever its pod says', aCluster().running().withPod('demo-1', waiting('ImagePullBackOff')), 'demo-1'],
    ['that is merely silent', three, 'demo-1'],
    ['that is being started', three.withPod('demo-1', waiting('ContainerCreating')), 'demo-1'],
    ['without a pod, before anybody refused one', three.withoutPod('demo-1'), 'demo-1'],
    ['whose pod was refused to another', refused('exceeded quota').withPod('demo-1'), 'demo-1'],
    ['that came before it was listed', learner.crashed('demo-3', 'list-differs'), 'demo-3'],
    ['that found an empty volume before it ever started', learner.crashed('demo-3', 'empty-volume'), 'demo-3'],
    ['that runs again on its volume', ended('empty-volume').withPod('demo-1', { etcd: { state: 'running', since: now } }), 'demo-1'],
    ['whose claim the scheduler has not seen yet', unscheduled('persistentvolumeclaim "data-demo-1" not found'), 'demo-1'],
    ['whose claim was just bound', unscheduled('Operation cannot be fulfilled on persistentvolumeclaims'), 'demo-1'],
  ]

  test.each(calm)('%s', (_, view, name) => {
    expect(podTrouble(view, name)).toBeUndefined()
  })
})
