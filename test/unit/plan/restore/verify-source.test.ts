import { describe, expect, test } from 'vitest'
import type { RestoreDecision } from '../../../../src/plan/restore/step.ts'
import { verifySource } from '../../../../src/plan/restore/verify-source.ts'
import { anAgentPod, withoutNode } from '../../../builders/a-pod-report.ts'
import { agentImage, aRestore, type RestoreScene, snapshot } from '../../../builders/a-restore.ts'

const file = { claimName: 'backups', path: 'demo/b1.db', expected: { sha256: snapshot.sha256, revision: snapshot.revision } }

const startingWords = 'the pod of Job r1-source is being started'

describe('the Job that reads the file', () => {
  test.each<[string, RestoreScene, Partial<RestoreDecision>]>([
    ['is made', aRestore(), { kind: 'step', phase: 'Verifying', step: { do: 'CreateVerifyJob', file, image: agentImage } }],
    ['is not made without an image', aRestore().withoutAgentImage(), { kind: 'block', reason: 'AgentImageUnknown' }],
    ['is not made over one of somebody else', aRestore().withJob({ state: 'foreign', uid: 'x' }), { kind: 'block', reason: 'NameTaken' }],
    [
      'waits for one of an earlier restore of that name to go',
      aRestore().withJob({ state: 'earlier', uid: 'x' }),
      { kind: 'wait', reason: 'WaitingForDeletion' },
    ],
    ['is waited for', aRestore().verifying(), { kind: 'wait', reason: 'VerifyingBackup', message: startingWords }],
    [
      'is waited for while Kubernetes tries again, with how the last try ended',
      aRestore().verifying(anAgentPod({ ended: true, exit: { container: 'agent', code: 137, reason: 'OOMKilled', message: '' } })),
      {
        kind: 'wait',
        reason: 'VerifyingBackup',
        message: 'tried again soon: the agent exited without reporting a result: OOMKilled, exit code 137',
      },
    ],
    [
      'is waited for, with what keeps it from running',
      aRestore().verifying(withoutNode('no node')),
      { kind: 'wait', reason: 'Unschedulable', message: "the Job's pod fits on no node: no node" },
    ],
    [
      'is made again when its pod is bound to a node for no reason any more',
      aRestore().verifying({ ...withoutNode(), bound: { node: 'n2', pod: undefined } }),
      { kind: 'step', step: { do: 'DeleteVerifyJob', uid: 'uid-job' } },
    ],
    [
      'is waited for while it tries again, with what it said last',
      aRestore().tryingAgain('VolumeFailed'),
      { kind: 'wait', reason: 'VolumeFailed', message: 'tried again soon: said VolumeFailed' },
    ],
    ['is waited for while an earlier one goes away', aRestore().killed().jobGoing(), { kind: 'wait', reason: 'VerifyingBackup' }],
    [
      'is made again when it ended and nothing is left of it',
      aRestore().silent('succeeded'),
      { kind: 'step', step: { do: 'DeleteVerifyJob', uid: 'uid-job' } },
    ],
    [
      'is made again when it failed and nothing is left that says why',
      aRestore().silent('failed'),
      { kind: 'step', step: { do: 'DeleteVerifyJob', uid: 'uid-job' } },
    ],
    [
      'is made again when Kubernetes has ended it because its time was over',
      aRestore().outOfTime(),
      { kind: 'step', step: { do: 'DeleteVerifyJob', uid: 'uid-job' } },
    ],
    [
      'leads to the EtcdCluster while another container keeps its pod running',
      aRestore().verifying(anAgentPod({ ended: false, agentEndedMs: 500, result: { result: 'Verified', snapshot } })),
      { kind: 'fail', reason: 'ClusterSpecMissing' },
    ],
    ['has failed for good when it was killed again and again', aRestore().killed(), { kind: 'fail', reason: 'AgentKilled' }],
  ])('%s', (_, view, decision) => {
    expect(verifySource(view, file)).toMatchObject(decision)
  })

  test('says why the file is refused', () => {
    for (const reason of ['SnapshotDamaged', 'SnapshotTruncated', 'NotASnapshot', 'FileNotFound', 'NotAFile', 'BackupChanged'] as const)
      expect(verifySource(aRestore().refused(reason), file)).toEqual({ kind: 'fail', reason, message: `said ${reason}` })
  })

  test('leads to the EtcdCluster when the file is whole', () => {
    expect(verifySource(aRestore().verified(), file)).toMatchObject({ kind: 'step', step: { do: 'CreateCluster' } })
  })
})
