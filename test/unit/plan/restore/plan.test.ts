import { describe, expect, test } from 'vitest'
import { isStalled } from '../../../../src/plan/decision.ts'
import { planRestore } from '../../../../src/plan/restore/plan.ts'
import type { RestoreDecision } from '../../../../src/plan/restore/step.ts'
import { anAgentPod } from '../../../builders/a-pod-report.ts'
import { aRestore, bareFile, begunWith, clusterCondition, from, type RestoreScene, snapshot } from '../../../builders/a-restore.ts'

/** The decision in a few words: `wait Verifying VerifyingBackup`, `fail ClusterExists`, `step CreateCluster`. */
function inWords(decision: RestoreDecision): string {
  switch (decision.kind) {
    case 'step':
      return `step ${decision.step.do}`
    case 'wait':
    case 'block':
      return `${isStalled(decision) ? 'stalled' : 'wait'} ${decision.phase} ${decision.reason}`
    case 'fail':
      return `fail ${decision.reason}`
    case 'complete':
    case 'steady':
      return decision.kind
  }
}

function decides(table: Readonly<Record<string, readonly [RestoreScene, string]>>): void {
  test.each(Object.entries(table))('%s', (_, [scene, words]) => {
    expect(inWords(planRestore(scene))).toBe(words)
  })
}

const whole = { size: 3 }
const ready = { clusterID: 'd2d2', members: 3, conditions: [clusterCondition('Ready', 'AllMembersServe')] }

describe('what has ended stays as it is', () => {
  decides({
    'a completed restore, even when its cluster is gone': [aRestore().inPhase('Completed'), 'steady'],
    'a failed restore, even when the name is free by now': [aRestore().inPhase('Failed'), 'steady'],
    'a restore that is being deleted': [aRestore().deleted(), 'steady'],
  })
})

describe('a name that exists', () => {
  decides({
    'is never restored over': [aRestore().withForeignCluster(), 'fail ClusterExists'],
    'is never restored over, even when the file has been read by then': [
      aRestore().inPhase('Verifying').verified().withForeignCluster(),
      'fail ClusterExists',
    ],
    'is waited for while it goes away': [aRestore().withForeignCluster().clusterGoing(), 'wait Pending WaitingForDeletion'],
  })
})

describe('the source', () => {
  decides({
    'is refused when there is no such backup': [aRestore().withoutBackup(), 'fail BackupNotFound'],
    'is refused when that backup failed': [aRestore().withBackup({ phase: 'Failed' }), 'fail BackupNotUsable'],
    'is waited for while that backup runs': [aRestore().withBackup({ phase: 'Running' }), 'wait Pending WaitingForBackup'],
    'is refused without its volume': [aRestore({ source: bareFile }).withClaim({ state: 'absent' }), 'fail ClaimNotFound'],
    'does not matter any more once the cluster is there': [aRestore().withoutBackup().made(), 'wait Restoring RestoringData'],
  })
})

describe('the cluster that was made', () => {
  const outlived = anAgentPod({ ended: false, agentEndedMs: 11_000, result: { result: 'Verified', snapshot } })
  const formed = { clusterID: 'd2d2', members: 1 }
  const stalled = (reason: string) => ({ conditions: [clusterCondition('Stalled', reason)] })
  decides({
    'is followed while it writes the first volume': [aRestore().made(), 'wait Restoring RestoringData'],
    'is followed while it grows': [aRestore().made(whole, formed), 'wait Growing ScalingUp'],
    'gets the volume that a container beside the agent keeps in use': [aRestore().verifying(outlived).made(), 'step DeleteVerifyJob'],
    'is followed while that Job goes': [aRestore().verifying(outlived).jobGoing().made(), 'wait Restoring RestoringData'],
    'is complete when it is ready with all its members': [aRestore().made(whole, ready), 'complete'],
    'is not complete while a member is missing': [aRestore().made(whole, { ...ready, members: 2 }), 'wait Growing ScalingUp'],
    'is not complete when it was ready for another spec': [
      aRestore().made(whole, { ...ready, conditions: [{ ...clusterCondition('Ready', 'AllMembersServe'), observedGeneration: 0 }] }),
      'wait Growing ScalingUp',
    ],
    'fails it when the data is not what was verified': [aRestore().made(whole, stalled('RestoredDataDiffers')), 'fail RestoredDataDiffers'],
    'fails it when the file has changed': [aRestore().made(whole, stalled('BackupChanged')), 'fail BackupChanged'],
    'fails it when the volumes never meet': [aRestore().made(whole, stalled('VolumesNotCoLocatable')), 'fail VolumesNotCoLocatable'],
    'only stalls it for what a person can mend': [aRestore().made(whole, stalled('Unschedulable')), 'stalled Restoring Unschedulable'],
    'only stalls it once the data is there': [
      aRestore().made(whole, { ...formed, ...stalled('VolumeFailed') }),
      'stalled Growing VolumeFailed',
    ],
    'is followed by its cluster ID when a tool has replaced the object, and with it the annotation': [
      aRestore().inPhase('Growing', { clusterID: 'd2d2' }).made(whole, formed).replaced(),
      'wait Growing ScalingUp',
    ],
    'is another one when that has another cluster ID': [
      aRestore().inPhase('Growing', { clusterID: 'beef' }).made(whole, formed).replaced(),
      'fail ClusterDeleted',
    ],
    'is not made again when somebody deleted it': [aRestore().inPhase('Restoring').verified(), 'fail ClusterDeleted'],
    'is not made again when somebody deleted it while it grew': [aRestore().inPhase('Growing').verified(), 'fail ClusterDeleted'],
    'fails it when it began with another file': [
      aRestore().made(whole, { ...ready, bootstrap: begunWith({ ...from, sha256: 'c'.repeat(64) }) }),
      'fail RestoredDataDiffers',
    ],
    'fails it when it began with no file at all': [
      aRestore().made(whole, { ...ready, bootstrap: begunWith() }),
      'fail RestoredDataDiffers',
    ],
    'counts as deleted as soon as it goes': [aRestore().made(whole, ready).clusterGoing(), 'fail ClusterDeleted'],
    'counts as deleted when another one has its name': [aRestore().inPhase('Growing').withForeignCluster(), 'fail ClusterDeleted'],
  })

  test('is praised with the revision up to which it has the data', () => {
    const decision = planRestore(aRestore().made(whole, ready))
    expect(decision).toMatchObject({ message: expect.stringContaining('revision 35') })
  })
})

test('a restore whose cluster was replaced says so instead of telling of a deletion', () => {
  const replaced = planRestore(aRestore().inPhase('Restoring').made().replaced())
  expect(replaced).toMatchObject({
    message: expect.stringContaining('was replaced by one without the annotation etcd-operator.dev/restore-uid'),
  })
  expect(planRestore(aRestore().inPhase('Restoring'))).toMatchObject({ message: expect.stringContaining('was deleted before') })
})
