import { describe, expect, test } from 'vitest'
import type { ScheduleView } from '../../../src/model/schedule/view.ts'
import { block, wait } from '../../../src/plan/backup/step.ts'
import { planCluster } from '../../../src/plan/cluster/policy.ts'
import { planRestore } from '../../../src/plan/restore/plan.ts'
import { planSchedule } from '../../../src/plan/schedule/plan.ts'
import { type BackupNews, backupStatusOf } from '../../../src/report/backup-status.ts'
import { statusOf } from '../../../src/report/cluster/status.ts'
import { restoreStatusOf } from '../../../src/report/restore-status.ts'
import { scheduleStatusOf } from '../../../src/report/schedule-status.ts'
import { aBackup, backedUp } from '../../builders/a-backup.ts'
import { aCluster, anEtcdCluster, type Scene } from '../../builders/a-cluster.ts'
import { aRestore, begunWith, clusterCondition, from, type RestoreScene } from '../../builders/a-restore.ts'
import { aBackupOf, anEtcdBackupSchedule, aScheduleView, at } from '../../builders/a-schedule.ts'
import { kstatus } from '../../builders/kstatus.ts'

/** What Flux, `helm --wait` and others make of each phase of each kind. */

test.each([
  ['EtcdCluster', anEtcdCluster()],
  ['EtcdBackup', aBackup().fresh().backup],
  ['EtcdBackupSchedule', anEtcdBackupSchedule()],
  ['EtcdRestore', aRestore().restore],
])('an %s that no operator has looked at is in progress', (_, object) => {
  expect(kstatus(object)).toBe('InProgress')
})

describe('an EtcdCluster', () => {
  const three = aCluster().running()
  const ofCluster = (view: Scene) => kstatus({ ...view.cluster, status: statusOf(view, planCluster(view)) })

  test.each<[string, Scene, ReturnType<typeof kstatus>]>([
    ['that begins', aCluster(), 'InProgress'],
    ['that is steady', three, 'Current'],
    ['that grows', three.resized(5), 'InProgress'],
    ['with a member that does not answer', three.silent('demo-2'), 'InProgress'],
    ['that waits for its maintenance window', three.resized(1).outsideWindow(), 'InProgress'],
    ['that is paused', three.paused(), 'Failed'],
    ['with an impossible spec', three.withSpec({ size: 4 }), 'Failed'],
    ['that is being deleted', three.deleted(), 'Terminating'],
  ])('%s', (_, view, expected) => {
    expect(ofCluster(view)).toBe(expected)
  })
})

describe('an EtcdBackup', () => {
  const ofBackup = (news: BackupNews) => kstatus({ ...aBackup().backup, status: backupStatusOf(aBackup(), news) })

  test.each<[string, BackupNews, ReturnType<typeof kstatus>]>([
    ['that was taken up', wait('BackupStarting', '', 0), 'InProgress'],
    ['that waits for its cluster to form', wait('ClusterNotFormed', '', 0), 'InProgress'],
    ['that waits for a person', block('ClaimNotFound', ''), 'Failed'],
    ['that runs', wait('BackingUp', '', 0, { running: true }), 'InProgress'],
    ['that is completed', { kind: 'complete', result: backedUp }, 'Current'],
    ['that has failed', { kind: 'fail', reason: 'VolumeFull', message: '' }, 'Failed'],
  ])('%s', (_, news, expected) => {
    expect(ofBackup(news)).toBe(expected)
  })
})

describe('an EtcdRestore', () => {
  const ofRestore = (view: RestoreScene) => {
    const decision = planRestore(view)
    if (decision.kind === 'steady' || decision.kind === 'step') throw new Error(`nothing is reported of a ${decision.kind}`)
    return kstatus({ ...view.restore, status: restoreStatusOf(view, decision) })
  }
  const ready = {
    clusterID: 'd2d2',
    members: 3,
    bootstrap: begunWith({ ...from, restoredKeys: 27 }),
    conditions: [clusterCondition('Ready', 'AllMembersServe')],
  }

  test.each<[string, RestoreScene, ReturnType<typeof kstatus>]>([
    ['that waits for its backup', aRestore().withBackup({ phase: 'Running' }), 'InProgress'],
    ['that reads its file', aRestore().verifying(), 'InProgress'],
    ['whose cluster is made', aRestore().made(), 'InProgress'],
    ['whose cluster grows', aRestore().made({ size: 3 }, { ...ready, members: 1, conditions: [] }), 'InProgress'],
    ['whose cluster needs a person', aRestore().made({}, { conditions: [clusterCondition('Stalled', 'Unschedulable')] }), 'Failed'],
    ['that waits for a person', aRestore().withoutAgentImage(), 'Failed'],
    ['that is completed', aRestore().inPhase('Growing').made({ size: 3 }, ready), 'Current'],
    ['that has failed', aRestore().withoutBackup(), 'Failed'],
  ])('%s', (_, view, expected) => {
    expect(ofRestore(view)).toBe(expected)
  })
})

describe('an EtcdBackupSchedule', () => {
  const often = anEtcdBackupSchedule()
  const ofSchedule = (now: number, changes: Partial<ScheduleView> = {}) => {
    const view = aScheduleView(now, changes)
    return kstatus({ ...view.schedule, status: scheduleStatusOf(view, planSchedule(view)) })
  }

  test.each<[string, ReturnType<typeof kstatus>, number, Partial<ScheduleView>]>([
    // A tool that waits for a nightly schedule would wait until the night.
    ['before its first run', 'Current', at('09:05'), {}],
    ['that is suspended', 'Current', at('09:05'), { schedule: anEtcdBackupSchedule({ suspend: true }) }],
    ['that makes a backup', 'Current', at('09:15:10'), { backups: [aBackupOf(often, at('09:15'), { phase: 'Running' })] }],
    ['that keeps its promise', 'Current', at('09:16'), { backups: [aBackupOf(often, at('09:15'))] }],
    ['that can’t be read', 'Failed', at('09:05'), { schedule: anEtcdBackupSchedule({ schedule: '61 * * * *' }) }],
    ['without its cluster', 'Failed', at('09:05'), { cluster: undefined }],
  ])('%s is %s', (_, expected, now, changes) => {
    expect(ofSchedule(now, changes)).toBe(expected)
  })
})
