import { describe, expect, test } from 'vitest'
import { known, unknown } from '../../../../../src/model/known.ts'
import type { VerifiedSnapshot } from '../../../../../src/model/restore/verified-snapshot.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { bootstrap } from '../../../../../src/plan/cluster/without-majority/bootstrap.ts'
import { aCluster, clusterId } from '../../../../builders/a-cluster.ts'
import { neverEnding, withoutImage, withoutNode } from '../../../../builders/a-pod-report.ts'
import { aStoredBackup, from, presentClaim, snapshot } from '../../../../builders/a-restore.ts'
import {
  aFailure,
  aRestoredCluster,
  aRun,
  atData,
  atMember,
  atSource,
  noJob,
  published,
  withRetained,
} from '../../../../builders/a-restored-cluster.ts'
import { decides, inShort } from '../../../../builders/decides.ts'

const wished = aRestoredCluster()
const verified = aRun({ state: 'succeeded', result: { result: 'Verified', snapshot } })
const verifiedByRestore: VerifiedSnapshot = { source: 'backup b1', claimName: 'backups', path: 'demo/b1.db', snapshot }

describe('before anything is made', () => {
  decides(bootstrap, {
    'the file is read': [wished, 'CreateVerifyJob demo-verify'],
    'and waited for': [atSource(wished, { verification: aRun() }), 'wait VerifyingBackup'],
    'which is frozen when it is whole': [atSource(wished, { verification: verified }), 'FreezeBootstrap 1'],
    'what an EtcdRestore has read is not read again': [atSource(wished, { verifiedByRestore }), 'FreezeBootstrap 1'],
    'not even when its EtcdBackup is gone': [
      atSource(wished, { verifiedByRestore, facts: { backup: undefined, claim: known({ state: 'absent' }) } }),
      'FreezeBootstrap 1',
    ],
    'a damaged file begins nothing': [atSource(wished, { verification: aFailure('SnapshotDamaged') }), 'block SnapshotDamaged'],
    'a file that is not there begins nothing': [atSource(wished, { verification: aFailure('FileNotFound') }), 'block FileNotFound'],
    'a try that failed is not the end while Kubernetes makes another': [
      atSource(wished, { verification: aRun({ result: { result: 'Failed', reason: 'VolumeFailed', message: 'EIO' } }) }),
      'wait VerifyingBackup',
    ],
    'a backup that is not completed is waited for': [
      atSource(wished, { facts: { backup: aStoredBackup({ phase: 'Running' }), claim: presentClaim } }),
      'wait WaitingForBackup',
    ],
    'a backup that failed can not be used': [
      atSource(wished, { facts: { backup: aStoredBackup({ phase: 'Failed' }), claim: presentClaim } }),
      'block BackupNotUsable',
    ],
    'a backup that is not there can not either': [
      atSource(wished, { facts: { backup: undefined, claim: known({ state: 'absent' }) } }),
      'block BackupNotFound',
    ],
    'a claim that is not there can not either': [
      atSource(wished, {
        facts: {
          backup: aStoredBackup({ phase: 'Completed', location: 'l', sha256: 's', revision: '1' }),
          claim: known({ state: 'absent' }),
        },
      }),
      'block ClaimNotFound',
    ],
    'a file of a newer etcd is refused': [atSource(aRestoredCluster({ version: '3.5.35' }), { verifiedByRestore }), 'block NewerVersion'],
    'a file with authentication is refused where the operator would not be let in': [
      atSource(wished, { verifiedByRestore: { ...verifiedByRestore, authEnabled: true } }),
      'block AuthNeedsTls',
    ],
    'a file that is larger than the quota is refused before etcd would raise its alarm': [
      atSource(wished, { verifiedByRestore: { ...verifiedByRestore, snapshot: { ...verifiedByRestore.snapshot, size: 2 ** 30 } } }),
      'block InvalidSpec',
    ],
    'a file is read again when the spec asks for another, or another etcd': [
      atSource(wished, { verification: aRun({ state: 'succeeded', result: { result: 'Verified', snapshot }, asked: 'other' }) }),
      'DeleteJob demo-verify',
    ],
    'a refusal is over when the spec is corrected': [
      atSource(wished, { verification: { ...aFailure('FileNotFound'), asked: 'other' } }),
      'DeleteJob demo-verify',
    ],
    'a spec that can not be is refused first': [aRestoredCluster({ size: 2 }), 'block InvalidSpec'],
    // What is left of a mistyped source, by an older schema: the API server drops fields that it does not know.
    'a restore without a source begins nothing, and least of all empty': [aCluster({ bootstrap: { restore: {} } }), 'block InvalidSpec'],
    'without a look at the backup nothing begins, and least of all empty': [wished.with({ restore: undefined }), 'wait VerifyingBackup'],
  })

  test('nothing begins while the image of the Jobs is not known', () => {
    const view = atSource(wished, { agentImage: unknown('no such pod') })
    expect(bootstrap(view)).toMatchObject({ kind: 'block', reason: 'AgentImageUnknown', message: expect.stringContaining('no such pod') })
  })

  test('a failure says what was found, and how it is tried again', () => {
    const decision = bootstrap(atSource(wished, { verification: aFailure('SnapshotDamaged') }))
    expect(decision).toMatchObject({
      message: 'it is SnapshotDamaged; after the cause is removed delete Job demo-verify, and it is tried again',
    })
  })

  test('the beginning holds all that was verified, and a token and a folder that no other cluster has', () => {
    const decision = bootstrap(atSource(wished, { verification: verified }))
    expect(decision).toMatchObject({ step: { do: 'FreezeBootstrap', size: 1, begins: { as: 'restored', from }, token: 'demo-uid-demo-0' } })
    const { metadata } = wished.cluster
    const other = atSource(wished, { verifiedByRestore }).with({
      cluster: { ...wished.cluster, metadata: { ...metadata, uid: 'another' } },
    })
    expect(stepOf(bootstrap(other))).not.toMatchObject({ token: 'demo-uid-demo-0' })
    expect(stepOf(bootstrap(other)).incarnation).not.toBe(stepOf(decision).incarnation)
  })
})

describe('volumes of an earlier cluster of this name', () => {
  decides(bootstrap, {
    'are not written onto where they are smaller than the spec asks for': [
      withRetained(atSource(wished, { verifiedByRestore }), ['demo-0'], { capacityBytes: 2 ** 29 }),
      'block VolumeTooSmall',
    ],
    'do not stand in the way': [withRetained(atSource(wished, { verifiedByRestore }), ['demo-0', 'demo-1']), 'FreezeBootstrap 1'],
    'whatever existingVolumes says': [
      withRetained(atSource(aRestoredCluster({ bootstrap: { existingVolumes: 'Adopt' } }), { verifiedByRestore }), ['demo-0']),
      'FreezeBootstrap 1',
    ],
    'are waited for when they go': [
      withRetained(atSource(wished, { verifiedByRestore }), ['demo-0'], { deleting: true }),
      'wait WaitingForDeletion',
    ],
    'and so are the members that still use them: they would be taken for those of this cluster': [
      withRetained(atSource(wished, { verifiedByRestore }), ['demo-0']).withPod('demo-0').withAnswer('demo-0').withMember('demo-0'),
      'wait WaitingForDeletion',
    ],
    'are written beside, not made anew': [withRetained(atData(wished), ['demo-0']), 'CreateRestoreJob demo-0'],
    'are waited for when somebody deletes them then': [
      withRetained(atData(wished), ['demo-0'], { deleting: true }),
      'wait WaitingForDeletion demo-0',
    ],
  })
})

describe('the data', () => {
  const filled = atData(wished).withVolume('demo-0')
  const outlived = aRun({ result: { result: 'Verified', snapshot }, pod: { ended: false, agentEndedMs: 11_000 } })
  const going = aRun({ deleting: true, result: { result: 'Verified', snapshot }, pod: { ended: false, agentEndedMs: 11_000 } })
  const stuck = (why: string) => aRun({ pod: withoutNode(why) })
  const affinity = "0/3 nodes are available: 3 node(s) didn't match PersistentVolume's node affinity."
  const simultaneously =
    "0/3 nodes are available: node(s) didn't satisfy plugin(s) [NodeAffinity VolumeBinding] simultaneously. preemption: x"
  decides(bootstrap, {
    'needs the volume of the first member': [atData(wished), 'CreateVolume demo-0'],
    'is written by a Job': [filled, 'CreateRestoreJob demo-0'],
    'is waited for': [atData(filled, { run: aRun() }), 'wait RestoringData'],
    'is there when the agent has published it': [atData(filled, { run: published }), 'WriteConfig demo-0=established'],
    'is there even if the Job was counted as failed afterwards': [
      atData(filled, { run: aRun({ state: 'failed', result: { result: 'Published' } }) }),
      'WriteConfig demo-0=established',
    ],
    'is not asked for again once the config says that it is there': [
      atData(filled.withConfig('demo-0', { state: 'established' }), { run: noJob }),
      'CreateStatefulSet 1',
    ],
    'that differs from the backup begins nothing': [atData(filled, { run: aFailure('RestoredDataDiffers') }), 'block RestoredDataDiffers'],
    'of a file that was changed meanwhile begins nothing': [atData(filled, { run: aFailure('BackupChanged') }), 'block BackupChanged'],
    'is tried again when the time of its Job was over': [
      atData(filled, { run: aRun({ state: 'failed', failure: { reason: 'DeadlineExceeded', message: '' } }) }),
      'DeleteJob demo-restore',
    ],
    'is tried again when nothing tells how its Job ended': [
      atData(filled, { run: aRun({ state: 'succeeded' }) }),
      'DeleteJob demo-restore',
    ],
    'is not written while another container keeps the Job in use that has read the file': [
      atData(filled, { used: [{ job: 'demo-verify', run: outlived }] }),
      'DeleteJob demo-verify',
    ],
    'is written while that Job goes': [atData(filled, { used: [{ job: 'demo-verify', run: going }] }), 'CreateRestoreJob demo-0'],
    'is tried again when somebody deletes its Job': [atData(filled, { run: aRun({ deleting: true }) }), 'wait RestoringData'],
    'waits for a person when the pod of a deleted Job never ends': [
      atData(filled, { run: aRun({ deleting: true, pod: neverEnding }) }),
      'wait PodTerminating',
    ],
    'is tried again with a corrected spec when its pod can not run': [
      atData(filled, { run: aRun({ asked: 'other', pod: withoutImage }) }),
      'DeleteJob demo-restore',
    ],
    'is not disturbed by another spec while it is written': [atData(filled, { run: aRun({ asked: 'other' }) }), 'wait RestoringData'],
    'is not written again for another spec once it is there': [
      atData(filled, { run: aRun({ state: 'succeeded', result: { result: 'Published' }, asked: 'other' }) }),
      'WriteConfig demo-0=established',
    ],
    'waits for the Job of an earlier cluster to go': [
      atData(filled, { run: { ...noJob, job: { state: 'earlier', uid: 'x' } } }),
      'wait WaitingForDeletion',
    ],
    "is never taken from somebody else's Job": [
      atData(filled, { run: { ...noJob, job: { state: 'foreign', uid: 'x' } } }),
      'block NameTaken',
    ],
    'says what its pod waits for': [atData(filled, { run: stuck('3 Insufficient memory') }), 'wait Unschedulable'],
    'can not be written where the two volumes meet on no node': [
      atData(filled, { run: stuck(affinity) }),
      'block VolumesNotCoLocatable demo-0',
    ],
    'is said to be such where a pod holds the backup on a node that the volume is not on, with the name of that pod': [
      atData(filled, { run: aRun({ pod: { ...withoutNode(simultaneously), bound: { node: 'n2', pod: 'writer' } } }) }),
      'block VolumesNotCoLocatable demo-0',
    ],
    'is tried again where its pod is bound to a node for no reason any more': [
      atData(filled, { run: aRun({ pod: { ...withoutNode(simultaneously), bound: { node: 'n2', pod: undefined } } }) }),
      'DeleteJob demo-restore',
    ],
    'waits where one of them may become free': [
      atData(filled, {
        run: stuck("0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match PersistentVolume's node affinity."),
      }),
      'wait Unschedulable',
    ],
  })

  test('a volume that is full is named', () => {
    const exit = { container: 'etcdutl', code: 1, reason: 'Error', message: 'Error: write db: no space left on device\n' }
    const decision = bootstrap(atData(filled, { run: aRun({ state: 'failed', pod: { exit } }) }))
    expect(decision).toMatchObject({ kind: 'block', reason: 'VolumeFull', message: expect.stringContaining('no space left on device') })
  })

  test('other words of etcdutl are shown', () => {
    const exit = { container: 'etcdutl', code: 1, reason: 'Error', message: 'Error: expected sha256 [1], got [2]\n' }
    const decision = bootstrap(atData(filled, { run: aRun({ state: 'failed', pod: { exit } }) }))
    expect(decision).toMatchObject({
      reason: 'AgentFailed',
      message: expect.stringContaining('container etcdutl failed: Error, exit code 1: Error: expected sha256'),
    })
  })

  test('an agent that was killed is told', () => {
    const exit = { container: 'agent', code: 137, reason: 'OOMKilled', message: '' }
    expect(bootstrap(atData(filled, { run: aRun({ state: 'failed', pod: { exit } }) }))).toMatchObject({ reason: 'AgentKilled' })
  })

  test('a restored member is never told to begin a new cluster, whatever is missing', () => {
    const views = [atData(filled, { run: published }), atData(wished, { run: published }), atMember(wished).withoutConfig('demo-0')]
    for (const view of views) expect(inShort(bootstrap(view.withoutMajority()))).not.toMatch(/=bootstrap/)
  })
})

describe('the first member', () => {
  const outlivedPod = { ended: false, agentEndedMs: 11_000 }
  const outlived = aRun({ result: { result: 'Published' }, pod: outlivedPod })
  decides(bootstrap, {
    'gets a pod': [atData(wished, { run: published }).withVolume('demo-0').withConfig('demo-0'), 'CreateStatefulSet 1'],
    'is waited for': [atMember(wished).withoutMajority().silent('demo-0'), 'wait StartingMembers'],
    'is counted before its cluster ID is kept': [atMember(wished, 'deadline exceeded'), 'wait RestoringData demo-0'],
    'is kept when it has what was verified': [atMember(wished), `PinCluster ${clusterId} 27 keys`],
    'is not kept when a key is missing': [atMember(wished, { state: 'counted', keys: 26 }), 'block RestoredDataDiffers demo-0'],
    'nor when there is one too many': [atMember(wished, { state: 'counted', keys: 28 }), 'block RestoredDataDiffers demo-0'],
    'nor when it has not come so far': [atMember(wished, { state: 'ahead' }), 'block RestoredDataDiffers demo-0'],
    'is kept uncounted when etcd has compacted what was restored': [atMember(wished, { state: 'compacted' }), `PinCluster ${clusterId}`],
    'is not kept while a Job may still write to its volume': [
      atMember(wished, { state: 'counted', keys: 27 }, aRun({ result: { result: 'Published' } })),
      'wait RestoringData demo-0',
    ],
    'is given the volume that a container beside the agent keeps in use': [
      atMember(wished, { state: 'counted', keys: 27 }, outlived).withoutMajority().silent('demo-0'),
      'DeleteJob demo-restore',
    ],
    'waits for that Job to go': [
      atMember(wished, { state: 'counted', keys: 27 }, { ...outlived, ...aRun({ deleting: true, pod: outlivedPod }) }),
      'wait RestoringData demo-0',
    ],
    'is told when that Job can not go because its node is lost': [
      atMember(
        wished,
        { state: 'counted', keys: 27 },
        aRun({ deleting: true, pod: { ...outlivedPod, ...neverEnding, result: undefined } }),
      ),
      'wait PodTerminating demo-0',
    ],
    'is kept when that Job is gone': [atMember(wished, { state: 'counted', keys: 27 }, noJob), `PinCluster ${clusterId} 27 keys`],
    'tells that its volume was lost, which loses nothing': [
      atMember(wished).withoutMajority().crashed('demo-0', 'empty-volume'),
      'block VolumeLost demo-0',
    ],
  })

  const full = (dbBytes: number) => atMember(wished).withAnswer('demo-0', { alarms: [{ memberId: 'a0', alarm: 'NOSPACE' }], dbBytes })
  decides(bootstrap, {
    'loses the NOSPACE alarm of its snapshot before its cluster ID is kept': [full(1024), 'DisarmNoSpace demo-0'],
    'keeps that alarm where its data does not fit, and says so': [full(2 ** 31), 'block NoSpace demo-0'],
    'is not looked at for alarms while it holds other data': [
      atMember(wished, { state: 'counted', keys: 26 }).withAnswer('demo-0', { alarms: [{ memberId: 'a0', alarm: 'NOSPACE' }] }),
      'block RestoredDataDiffers demo-0',
    ],
  })

  test('then the cluster grows by learners', () => {
    const one = aCluster({ size: 3 }).running(1)
    const pinned = atMember(one).pinned().with({ restore: undefined }).withVoter('demo-0').withLeader('demo-0')
    expect(inShort(planCluster(pinned))).toBe('WriteConfig demo-1=joining(0 1) demo-2=joining(0 1 2)')
  })
})

test('a cluster that began with a backup never looks at it again', () => {
  expect(bootstrap(wished.frozen(1).pinned())).toBeUndefined()
  expect(bootstrap(atSource(wished, { verifiedByRestore }).withStatefulSet({ clusterId }))).toBeUndefined()
})

function stepOf(decision: ReturnType<typeof bootstrap>) {
  if (decision?.kind !== 'step' || decision.step.do !== 'FreezeBootstrap') throw new Error('not frozen')
  return decision.step
}
