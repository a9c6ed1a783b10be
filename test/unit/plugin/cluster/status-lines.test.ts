import { expect, test } from 'vitest'
import type { EtcdBackup, EtcdBackupSchedule } from '../../../../src/api/backups.ts'
import type { EtcdCluster } from '../../../../src/api/etcd-cluster.ts'
import { rfc3339 } from '../../../../src/model/rfc3339.ts'
import type { Backups } from '../../../../src/plugin/cluster/backups.ts'
import { statusLines } from '../../../../src/plugin/cluster/status-lines.ts'
import { statusTable } from '../../../../src/plugin/cluster/status-table.ts'
import { paint } from '../../../../src/plugin/paint.ts'
import { plain } from '../../../../src/plugin/text.ts'
import { widthOf } from '../../../../src/plugin/width.ts'
import { now } from '../../../builders/a-cluster.ts'
import { aSeenCluster } from '../../../builders/a-seen-cluster.ts'
import { withCrdDefaults } from '../../../builders/crd-defaults.ts'

const none: Backups = { backups: [], schedules: [] }

function linesOf(cluster: EtcdCluster, all: Backups = none, columns?: number): readonly string[] {
  return statusLines(cluster, all, { room: { columns }, now }).map(plain)
}

function hourly(spec: object = {}): EtcdBackupSchedule {
  return withCrdDefaults('etcdbackupschedules', {
    metadata: { name: 'hourly', namespace: 'ns' },
    spec: { cluster: 'demo', schedule: '0 * * * *', storage: { volume: { claimName: 'backups' } }, retention: { keepLast: 24 }, ...spec },
    status: { nextScheduleTime: rfc3339(now + 15 * 60_000) },
  })
}

function backup(name: string, status: object): EtcdBackup {
  return withCrdDefaults('etcdbackups', {
    metadata: { name, namespace: 'ns', creationTimestamp: rfc3339(now - 1000) },
    spec: { cluster: 'demo', storage: { volume: { claimName: 'backups' } } },
    status,
  })
}

test('a healthy cluster fits on a screen, and says that there is nothing to do', () => {
  const cluster = aSeenCluster({ status: { lastBackup: { name: 'b1', time: rfc3339(now - 14 * 60_000), revision: '7' } } })
  const all = { backups: [backup('b1', { phase: 'Completed', size: '310Mi' })], schedules: [hourly()] }
  expect(linesOf(cluster, all)).toEqual([
    'demo  etcd 3.6.16  3 of 3 members ready  leader demo-1  ok, 1 may fail  namespace ns',
    'MEMBER  ROLE    STATE  DB (IN USE)    LAG  VOLUME  NODE',
    'demo-0  voter   ok     2.1Gi (1.4Gi)    0  8Gi     n1',
    'demo-1  leader  ok     2.1Gi (1.4Gi)    -  8Gi     n2',
    'demo-2  voter   ok     2.1Gi (1.4Gi)    0  8Gi     n3',
    'Backups  "0 * * * *"  next in 15m  volume backups  keep 24  newest 14m ago, 310Mi, verified',
    'TLS      required, the next certificate ends in 82d',
    'Next     nothing to do  (kubectl etcd plan demo)',
  ])
})

test('a member that is not ready says why, and what waits for a person says what to type', () => {
  const cluster = aSeenCluster({
    conditions: { Ready: 'False ApprovalNeeded', Stalled: 'True ApprovalNeeded' },
    members: [{}, {}, { role: 'Failed', ready: false, message: 'VolumeLost: its volume has no log' }],
    nextStep: { action: 'RemoveMember', member: 'demo-2', reason: 'ApprovalNeeded', message: 'removing demo-2' },
  })
  const lines = linesOf(cluster)
  expect(lines[0]).toContain('needs you ApprovalNeeded, none may fail')
  expect(lines[4]).toMatch(/^demo-2 +voter|^demo-2 +failed +failed .*VolumeLost: its volume has no log$/)
  expect(lines.slice(-3)).toEqual([
    'Blocked  ApprovalNeeded demo-2: removing demo-2 (for 5s)',
    'You      let it begin: kubectl etcd approve demo',
    '         all steps: kubectl etcd plan demo',
  ])
})

test('a roll says how far it is, what it waits for, and when its window opens', () => {
  const cluster = aSeenCluster({
    spec: { version: '3.6.17' },
    members: [{ version: '3.6.17' }],
    status: { rollout: { updated: 1, total: 3, what: 'version 3.6.16 -> 3.6.17' } },
    nextStep: {
      action: 'DeletePod',
      reason: 'WaitingForWindow',
      message: 'restarting demo-1 waits',
      notBefore: rfc3339(now + 3 * 3_600_000),
    },
  })
  const lines = linesOf(cluster)
  expect(lines[0]).toContain('etcd 3.6.16 (3.6.17 is asked for)')
  expect(lines[1]).toContain('VERSION')
  expect(lines).toContain('Roll     1 of 3 updated: version 3.6.16 -> 3.6.17')
  expect(lines).toContain('Waits    WaitingForWindow: restarting demo-1 waits (for 5s; the window opens in 3h)')
})

test.each([
  ['no schedule', none, 'Backups  no schedule  no verified backup  take one: kubectl etcd backup demo'],
  [
    'a suspended one',
    { ...none, schedules: [hourly({ suspend: true })] },
    'Backups  "0 * * * *"  suspended  volume backups  keep 24  no verified backup',
  ],
  ['no right to look', { backups: undefined, schedules: undefined }, 'Backups  no verified backup  (no right to list etcdbackupschedules)'],
])('backups: %s', (_, all, line) => {
  expect(linesOf(aSeenCluster(), all)).toContain(line)
})

test('a backup that runs, one that failed and one that is overdue are told', () => {
  const failed = { phase: 'Failed', conditions: [{ type: 'Complete', status: 'False', reason: 'VolumeFull', message: 'no room' }] }
  const all = { backups: [backup('b2', { phase: 'Running', startTime: rfc3339(now - 3000) }), backup('b1', failed)], schedules: [hourly()] }
  const lines = linesOf(aSeenCluster({ conditions: { BackedUp: 'False BackupOverdue: the newest is of yesterday' } }), all)
  expect(lines).toContain('         b2 is being taken (for 3s)')
  expect(lines).toContain('         overdue: the newest is of yesterday')
  expect(lines).toContain('         b1 failed: VolumeFull: no room')
})

test('a slow disk is told where the operator has measured one', () => {
  const performance = { members: [], hint: { reason: 'SlowDisk', message: 'fsync of demo-1 takes 1.2s' } }
  expect(linesOf(aSeenCluster({ status: { performance } as never }))).toContain('Slow     SlowDisk: fsync of demo-1 takes 1.2s')
})

test('a certificate in trouble is told with its reason', () => {
  const lines = linesOf(aSeenCluster({ conditions: { CertificatesValid: 'False Expired: demo-server-tls has expired' } }))
  expect(lines).toContain('         Expired: demo-server-tls has expired')
})

test.each([40, 60, 80, 100])('nothing is wider than a terminal of %i columns', (columns) => {
  const cluster = aSeenCluster({
    members: [{}, {}, { ready: false, message: 'CrashLooping: its etcd exits again and again: panic: something terrible happened' }],
    nextStep: { action: 'Block', reason: 'CrashLooping', member: 'demo-2', message: 'a long story: '.repeat(20) },
  })
  const drawing = [
    ...statusLines(cluster, { ...none, schedules: [hourly()] }, { room: { columns }, now }),
    ...statusTable([cluster], none, { room: { columns }, now, hasNamespaces: true }),
  ]
  // A command stays in one piece, to be copied.
  for (const line of drawing.filter((one) => !plain(one).includes('kubectl etcd')))
    expect(widthOf(line), plain(line)).toBeLessThanOrEqual(columns)
})

test('nothing that a status says reaches the terminal as a control sequence', () => {
  const evil = '\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r\nfaked line'
  const cluster = aSeenCluster({
    members: [{ message: evil, node: evil, version: evil, dbSize: evil, volumeSize: evil }],
    conditions: { Stalled: `True Evil: ${evil}`, Available: `False ${'X'}: ${evil}` },
    nextStep: { reason: evil, message: evil, member: evil, action: evil, since: evil },
    status: { version: evil, leader: evil, dbSize: evil, ready: evil, rollout: { updated: 1, total: 2, what: evil } },
  })
  const drawing = [
    ...statusLines(cluster, none, { room: { columns: 80 }, now }),
    ...statusTable([cluster], none, { room: { columns: undefined, wide: true }, now, hasNamespaces: true }),
  ]
  for (const line of drawing) expect(paint(line, false)).not.toMatch(/[\p{Cc}\u202e]/u)
  expect(drawing.filter((line) => plain(line).startsWith('faked'))).toEqual([])
})

test('in a list each cluster has its line, and those that need somebody are named again', () => {
  const blocked = aSeenCluster({
    name: 'web',
    namespace: 'prod',
    conditions: { Ready: 'False NoSpace', Stalled: 'True NoSpace' },
    nextStep: { action: 'Block', reason: 'NoSpace', message: 'it is full' },
  })
  const lines = statusTable([aSeenCluster(), blocked], none, { room: { columns: undefined }, now, hasNamespaces: true }).map(plain)
  expect(lines).toEqual([
    'NAMESPACE  NAME  STATE      READY  MAY FAIL  VERSION  LEADER  DB     BACKUP  AGE  NEXT',
    'ns         demo  ok         3/3           1  3.6.16   demo-1  2.1Gi  none    60m',
    'prod       web   needs you  3/3           1  3.6.16   web-1   2.1Gi  none    60m  NoSpace',
    '',
    'web needs you: kubectl etcd plan web -n prod',
  ])
})
