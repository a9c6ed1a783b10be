import { describe, expect, test } from 'vitest'
import { planBackup } from '../../../../src/plan/backup/plan.ts'
import type { BackupDecision } from '../../../../src/plan/backup/step.ts'
import { isStalled } from '../../../../src/plan/decision.ts'
import { aBackup, aFormedCluster, aRun, type BackupScene, backedUp, failedWith } from '../../../builders/a-backup.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'
import { withoutImage, withoutNode, withoutVolume } from '../../../builders/a-pod-report.ts'

type Rows = Readonly<Record<string, readonly [view: BackupScene, says: string]>>

function plans(rows: Rows): void {
  test.each(Object.entries(rows).map(([sentence, [view, says]]) => ({ sentence, view, says })))('$sentence', ({ view, says }) => {
    expect(inShort(planBackup(view))).toBe(says)
  })
}

function inShort(decision: BackupDecision): string {
  switch (decision.kind) {
    case 'step':
      return decision.step.do === 'DeleteJob' ? `DeleteJob ${decision.step.name}` : decision.step.do
    case 'wait':
    case 'block':
      return [decision.running ? 'running' : 'wait', decision.reason, ...(isStalled(decision) ? ['stalled'] : [])].join(' ')
    case 'fail':
      return `fail ${decision.reason}`
    case 'complete':
    case 'steady':
      return decision.kind
  }
}

const deleting = aBackup({ deletionPolicy: 'Delete' }).finalized().deleted()
const ended = aRun({ state: 'failed', failure: { reason: 'BackoffLimitExceeded', message: '' } })
const late = { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' }
const killed = { exit: { container: 'agent', code: 137, reason: 'OOMKilled', message: '' } }

describe('the beginning', () => {
  plans({
    'is written down first, because the timeout counts from it': [aBackup().fresh(), 'wait BackupStarting'],
    'leads to a Job': [aBackup(), 'CreateBackupJob'],
    'notes that the file goes with the object before there can be a file': [aBackup({ deletionPolicy: 'Delete' }), 'AddFinalizer'],
    'goes on once that is noted': [aBackup({ deletionPolicy: 'Delete' }).finalized(), 'CreateBackupJob'],
    'waits for a cluster that nobody has made': [aBackup().with({ cluster: undefined }), 'wait ClusterNotFound stalled'],
    'waits for a cluster that has no cluster ID': [aBackup().with({ cluster: anEtcdCluster() }), 'wait ClusterNotFormed'],
    'waits for a cluster without voters': [aBackup().with({ cluster: anEtcdCluster({}, { clusterID: 'c1c1' }) }), 'wait ClusterNotFormed'],
    'takes a paused cluster: nothing of it is written': [aBackup().with({ cluster: aFormedCluster({ paused: true }) }), 'CreateBackupJob'],
    'waits for a claim that nobody has made': [aBackup().with({ claim: { state: 'absent' } }), 'wait ClaimNotFound stalled'],
    'takes no claim without a file system': [aBackup().with({ claim: { state: 'block' } }), 'wait ClaimNotUsable stalled'],
    'takes no volume of a member, of whatever cluster': [
      aBackup().with({ claim: { state: 'present', oneNode: true, node: undefined, memberOf: 'other' } }),
      'wait ClaimNotUsable stalled',
    ],
    'takes no claim that is going away': [aBackup().with({ claim: { state: 'deleting' } }), 'wait ClaimNotFound stalled'],
    'waits while its own image is not known': [aBackup().withoutImage(), 'wait AgentImageUnknown stalled'],
    'never takes the Job of somebody else': [
      aBackup().working({ ...aRun(), job: { state: 'foreign', uid: 'x' } }),
      'wait NameTaken stalled',
    ],
    'waits for the Job of an earlier backup of this name to go': [
      aBackup().working({ ...aRun(), job: { state: 'earlier', uid: 'x' } }),
      'wait WaitingForDeletion',
    ],
    'fails when nothing could begin in time': [
      aBackup()
        .with({ claim: { state: 'absent' } })
        .after(30),
      'fail TimedOut',
    ],
    'fails in time whatever it waits for': [aBackup({ timeout: '10s' }).with({ cluster: undefined }), 'fail TimedOut'],
  })

  test('that came to nothing says what it waited for last', () => {
    const decision = planBackup(aBackup().after(31).lastSeen('ClaimNotFound'))
    expect(decision).toMatchObject({ message: 'not completed within 30m; last: ClaimNotFound: said ClaimNotFound' })
  })
})

describe('the Job', () => {
  plans({
    'is followed only with the finalizer, which a replaced object has lost': [
      aBackup({ deletionPolicy: 'Delete' }).inPhase('Running').working(),
      'AddFinalizer',
    ],
    'that was just made is waited for': [aBackup().working(aRun()), 'wait BackingUp'],
    'whose pod runs is left alone': [aBackup().working(), 'running BackingUp'],
    'that ran before doesn’t turn the phase back when its pod is made again': [
      aBackup().inPhase('Running').working(aRun()),
      'running BackingUp',
    ],
    'whose pod fits nowhere says so': [aBackup().working(aRun({}, [withoutNode()])), 'wait Unschedulable stalled'],
    'whose pod is bound to a node for no reason any more is made again': [
      aBackup().working(aRun({}, [{ ...withoutNode(), bound: { node: 'n2', pod: undefined } }])),
      'DeleteJob b1-backup',
    ],
    'whose volume is slow needs nobody': [aBackup().working(aRun({}, [withoutVolume])), 'wait VolumePending'],
    'whose pod a quota refuses says so': [
      aBackup().working({ ...aRun(), refusal: 'pods "b1-backup-x" is forbidden: exceeded quota: few' }),
      'wait QuotaExceeded stalled',
    ],
    'that is about to try again says why': [aBackup().working(aRun({}, [failedWith('NoHealthyMember')])), 'running NoHealthyMember'],
    'whose agent stored the file in a pod that goes on completes the backup': [
      aBackup().working(aRun({}, [{ ended: false, agentEndedMs: 500, result: backedUp }])),
      'complete',
    ],
    'whose agent could not in a pod that goes on is made again, because Kubernetes doesn’t': [
      aBackup().working(aRun({}, [{ ended: false, agentEndedMs: 11_000, ...failedWith('NoHealthyMember') }])),
      'DeleteJob b1-backup',
    ],
    'whose agent was killed in a pod that goes on fails it': [
      aBackup().working(aRun({}, [{ ended: false, agentEndedMs: 11_000, ...killed }])),
      'fail AgentKilled',
    ],
    'that reports what no other try can mend fails it at once': [
      aBackup().working(aRun({}, [failedWith('FileExists')])),
      'fail FileExists',
    ],
    'that is about to try again after a kill is waited for': [
      aBackup()
        .inPhase('Running')
        .working(aRun({}, [killed])),
      'running BackingUp',
    ],
    'whose pod reports a stored and verified file completes the backup': [
      aBackup().working(aRun({ state: 'succeeded' }, [{ result: backedUp }])),
      'complete',
    ],
    'that is counted as failed after such a report completes it all the same': [
      aBackup().working(aRun({ state: 'failed', failure: late }, [failedWith('FileExists'), { result: backedUp }])),
      'complete',
    ],
    'that was given up fails it with the agent’s reason': [
      aBackup().working({ ...ended, pods: aRun({}, [failedWith('VolumeFull')]).pods }),
      'fail VolumeFull',
    ],
    'that ran out of time fails it for that': [
      aBackup().working(aRun({ state: 'failed', failure: late }, [failedWith('NoHealthyMember')])),
      'fail TimedOut',
    ],
    'that was killed again and again fails it for that': [
      aBackup().working({ ...ended, pods: aRun({}, [killed]).pods }),
      'fail AgentKilled',
    ],
    'that ended well without a word isn’t believed': [
      aBackup().working(aRun({ state: 'succeeded' }, [{ exit: { container: 'agent', code: 0, reason: 'Completed', message: '?' } }])),
      'fail AgentFailed',
    ],
    'that ended and whose pods are gone is deleted': [aBackup().working(aRun({ state: 'succeeded' })), 'DeleteJob b1-backup'],
    'whose time is over gets a moment to end': [aBackup().after(30.5).working(), 'running BackingUp'],
    'that doesn’t end then, because its node is lost, is given up': [aBackup().after(31.5).working(), 'fail TimedOut'],
    'that is going away is waited for': [
      aBackup()
        .working(aRun({ state: 'succeeded' }))
        .jobGoing(),
      'wait BackupStarting',
    ],
    'that somebody deleted in the middle is made again': [aBackup().inPhase('Running'), 'CreateBackupJob'],
    'that somebody deleted too late is not': [aBackup().inPhase('Running').after(31), 'fail TimedOut'],
  })
})

describe('an end', () => {
  plans({
    'keeps the finalizer that a replaced object has lost: its file goes with it': [
      aBackup({ deletionPolicy: 'Delete' }).inPhase('Completed'),
      'AddFinalizer',
    ],
    'of failure does so too: it may have left a file': [aBackup({ deletionPolicy: 'Delete' }).inPhase('Failed'), 'AddFinalizer'],
    'needs none where the file stays': [aBackup().inPhase('Completed'), 'steady'],
    'of success is never looked at again': [aBackup().inPhase('Completed').working(ended), 'steady'],
    'of failure isn’t either, whatever its Job says later': [
      aBackup()
        .inPhase('Failed')
        .working(aRun({ state: 'succeeded' }, [{ result: backedUp }])),
      'steady',
    ],
  })
})

describe('a deletion', () => {
  const done = deleting.inPhase('Completed')
  plans({
    'that keeps the file needs nothing': [aBackup().inPhase('Completed').deleted(), 'steady'],
    'removes the file first': [done, 'CreateDeletionJob'],
    'removes what a failed backup may have left': [deleting.inPhase('Failed'), 'CreateDeletionJob'],
    'waits for what reads the file': [done.with({ readers: ['EtcdRestore r1'] }), 'wait BackupInUse'],
    'stops the Job that still writes it': [deleting.inPhase('Running').working(), 'DeleteJob b1-backup'],
    'waits until that Job is gone': [deleting.inPhase('Running').working().jobGoing(), 'wait DeletingBackup'],
    'waits for a writer whose Job is gone already': [deleting.inPhase('Running').with({ writers: ['b1-backup-x'] }), 'wait DeletingBackup'],
    'doesn’t mind a Job that has ended': [done.working(aRun({ state: 'succeeded' })), 'CreateDeletionJob'],
    'is tried on another node when its pod is bound to one for no reason any more': [
      done.removing(aRun({}, [{ ...withoutNode(), bound: { node: 'n2', pod: undefined } }])),
      'DeleteJob b1-delete',
    ],
    'is over when the agent has looked in a pod that goes on': [
      done.removing(aRun({}, [{ ended: false, agentEndedMs: 500, result: { result: 'Deleted' } }])),
      'RemoveFinalizer',
    ],
    'waits for the agent': [done.removing(), 'wait DeletingBackup'],
    'is over when the agent has looked': [
      done.removing(aRun({ state: 'succeeded' }, [{ result: { result: 'Deleted' } }])),
      'RemoveFinalizer',
    ],
    'says why the agent can’t': [
      done.removing(aRun({ state: 'failed', endedAt: done.now }, [failedWith('VolumeReadOnly')])),
      'wait VolumeReadOnly stalled',
    ],
    'says so when the agent was killed': [
      done.removing(aRun({ state: 'failed', endedAt: done.now }, [killed])),
      'wait AgentKilled stalled',
    ],
    'says why the agent’s pod doesn’t run': [done.removing(aRun({}, [withoutImage])), 'wait ImagePullFailed stalled'],
    'that an agent on a lost node holds up asks for help': [done.deleted(16).removing(), 'wait DeletingBackup stalled'],
    'that a writer on a lost node holds up asks for help': [
      done.deleted(16).with({ writers: ['b1-backup-x'] }),
      'wait DeletingBackup stalled',
    ],
    'is tried again later': [
      done.removing(aRun({ state: 'failed', endedAt: done.now - 121_000 }, [failedWith('VolumeReadOnly')])),
      'DeleteJob b1-delete',
    ],
    'is tried again at once when nobody knows what came of it': [done.removing(aRun({ state: 'succeeded' })), 'DeleteJob b1-delete'],
    'is over when the claim is gone': [done.with({ claim: { state: 'absent' } }), 'RemoveFinalizer'],
    'is over when the claim is going, which takes the file along': [done.with({ claim: { state: 'deleting' } }), 'RemoveFinalizer'],
    'first stops a Job whose pod would wait for a claim that is going, and keep it from going': [
      done.with({ claim: { state: 'deleting' } }).removing(aRun({ state: 'running' })),
      'DeleteJob b1-delete',
    ],
    'looks on the volume whatever is known of the Job: it may be gone, stopped in the middle or cleared away': [
      deleting,
      'CreateDeletionJob',
    ],
    'is over before anything was looked at': [deleting.fresh(), 'RemoveFinalizer'],
    'isn’t over while a Job may have written': [deleting.working(aRun({ state: 'succeeded' })), 'CreateDeletionJob'],
    'isn’t over while a pod may have written': [deleting.with({ writers: ['b1-backup-x'] }), 'wait DeletingBackup'],
    'holds no namespace up': [done.with({ namespaceTerminating: true, readers: ['EtcdRestore r1'] }), 'RemoveFinalizer'],
    'lets go of a finalizer that nobody asked for': [aBackup().finalized().deleted(), 'RemoveFinalizer'],
    'needs the operator’s own image': [done.withoutImage(), 'wait AgentImageUnknown stalled'],
    'never takes the Job of somebody else': [done.removing({ ...aRun(), job: { state: 'foreign', uid: 'x' } }), 'wait NameTaken stalled'],
    'waits for the removal of an earlier backup of this name': [
      done.removing({ ...aRun(), job: { state: 'earlier', uid: 'x' } }),
      'wait DeletingBackup',
    ],
  })
})

test('a cluster that is not there is more likely mistyped: those that exist are named', () => {
  const decision = planBackup(aBackup().with({ cluster: undefined, otherClusters: ['test', 'demi'] }))
  expect(decision).toMatchObject({ reason: 'ClusterNotFound', message: expect.stringContaining('there are demi, test') })
})
