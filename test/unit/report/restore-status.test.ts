import { describe, expect, test } from 'vitest'
import { planRestore } from '../../../src/plan/restore/plan.ts'
import { restoreStatusOf } from '../../../src/report/restore-status.ts'
import { withoutVolume } from '../../builders/a-pod-report.ts'
import { aRestore, bareFile, begunWith, clusterCondition, from, type RestoreScene } from '../../builders/a-restore.ts'

function statusOf(view: RestoreScene) {
  const decision = planRestore(view)
  if (decision.kind === 'steady' || decision.kind === 'step') throw new Error(`nothing is reported of a ${decision.kind}`)
  return restoreStatusOf(view, decision)
}

const ready = {
  clusterID: 'd2d2',
  members: 3,
  bootstrap: begunWith({ ...from, restoredKeys: 27 }),
  conditions: [clusterCondition('Ready', 'AllMembersServe')],
}

describe('the status of a restore', () => {
  test('begins with its time, its source, and all conditions', () => {
    const starting = 'the pod of Job r1-source is being started'
    const said = { reason: 'VerifyingBackup', observedGeneration: 1, lastTransitionTime: '2026-11-21T10:00:00Z' }
    expect(statusOf(aRestore().verifying())).toEqual({
      observedGeneration: 1,
      phase: 'Verifying',
      source: 'backup b1',
      startTime: '2026-11-21T10:00:00Z',
      conditions: [
        { type: 'Complete', status: 'False', message: starting, ...said },
        { type: 'Stalled', status: 'False', message: 'no action is needed', ...said },
        { type: 'Reconciling', status: 'True', message: starting, ...said },
      ],
    })
  })

  test('names a bare file by its volume and path', () => {
    expect(statusOf(aRestore({ source: bareFile }).verifying()).source).toBe('backups:demo/b1.db')
  })

  test('says the revision of the backup as soon as the file was read', () => {
    expect(statusOf(aRestore().verified(undefined, { storageVersion: '9.9' })).revision).toBe('35')
    expect(statusOf(aRestore().made()).revision).toBe('35')
  })

  test('ends with what the new cluster has', () => {
    const status = statusOf(aRestore().inPhase('Growing', { startTime: '2026-11-21T09:59:00Z' }).made({ size: 3 }, ready))
    expect(status).toMatchObject({
      phase: 'Completed',
      clusterID: 'd2d2',
      revision: '35',
      restoredKeys: 27,
      startTime: '2026-11-21T09:59:00Z',
      completionTime: '2026-11-21T10:00:00Z',
    })
  })

  test('keeps what is known of a cluster that is gone', () => {
    const before = { clusterID: 'd2d2', revision: '35', restoredKeys: 27 }
    expect(statusOf(aRestore().inPhase('Growing', before))).toMatchObject({ phase: 'Failed', ...before })
  })

  test('stalls where a person has to help, and only there', () => {
    const stalled = (view: RestoreScene) => statusOf(view).conditions?.find(({ type }) => type === 'Stalled')
    expect(stalled(aRestore().verifying())).toMatchObject({ status: 'False' })
    expect(stalled(aRestore().withoutAgentImage())).toMatchObject({ status: 'True', reason: 'AgentImageUnknown' })
    expect(stalled(aRestore().withoutBackup())).toMatchObject({ status: 'True', reason: 'BackupNotFound' })
    expect(stalled(aRestore().verifying(withoutVolume))).toMatchObject({ status: 'False', reason: 'VolumePending' })
  })
})
