import type { EtcdBackup, EtcdBackupSchedule } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { since, until } from '../age.ts'
import { joined, type Piece, styled, type Text } from '../text.ts'
import { command } from './next-step.ts'
import { conditionOf } from './state.ts'

/** What is known of a cluster's backups; undefined where the reader may not list them. */
export interface Backups {
  readonly backups: readonly EtcdBackup[] | undefined
  readonly schedules: readonly EtcdBackupSchedule[] | undefined
}

export function backupsOf(cluster: EtcdCluster, { backups, schedules }: Backups): Backups {
  const { name, namespace } = cluster.metadata
  const isOfCluster = (one: EtcdBackup | EtcdBackupSchedule) => one.spec.cluster === name && one.metadata.namespace === namespace
  return { backups: backups?.filter(isOfCluster), schedules: schedules?.filter(isOfCluster) }
}

/** One line for each schedule, or one that there is none; and what goes wrong. */
export function backupLines(cluster: EtcdCluster, { backups, schedules }: Backups, now: number): readonly Text[] {
  const newest: Text = newestOf(cluster, backups, now)
  if (schedules === undefined) return [joined([newest, styled('faint', '(no right to list etcdbackupschedules)')], '  ')]
  const lines: Text[] =
    schedules.length === 0
      ? [joined([styled('warning', 'no schedule'), newest, ['take one: ', command(`backup ${cluster.metadata.name}`)]], '  ')]
      : schedules.map((schedule, index) => joined([...scheduleParts(schedule, now), ...(index === 0 ? [newest] : [])], '  '))
  const running = backups?.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending') ?? []
  for (const { metadata, status } of running)
    lines.push([`${metadata.name} is being taken`, styled('faint', ` (for ${since(status?.startTime, now)})`)])
  const backedUp = conditionOf(cluster, 'BackedUp')
  if (backedUp?.reason === 'BackupOverdue') lines.push([styled('bad', 'overdue'), ': ', backedUp.message])
  const failed = newestEnded(backups)
  if (failed?.status?.phase === 'Failed') lines.push([styled('bad', `${failed.metadata.name} failed`), ': ', messageOf(failed)])
  return lines
}

function scheduleParts({ spec, status }: EtcdBackupSchedule, now: number): readonly Text[] {
  const { retention, schedule, storage, suspend, timeZone } = spec
  const keep = [
    ...(retention?.keepLast === undefined ? [] : [`keep ${retention.keepLast}`]),
    ...(retention?.maxAge === undefined ? [] : [`for ${retention.maxAge}`]),
  ].join(' ')
  const stalled = status?.conditions?.find(({ type }) => type === 'Stalled')
  return [
    `"${schedule}"${timeZone === 'Etc/UTC' ? '' : ` ${timeZone}`}`,
    ...(suspend ? [styled('warning', 'suspended')] : status?.nextScheduleTime ? [`next in ${until(status.nextScheduleTime, now)}`] : []),
    ...(stalled?.status === 'True' ? [[styled('bad', stalled.reason), ': ', stalled.message]] : []),
    `volume ${storage.volume.claimName}`,
    ...(keep === '' ? [] : [keep]),
  ]
}

function newestOf({ status }: EtcdCluster, backups: Backups['backups'], now: number): readonly Piece[] {
  const last = status?.lastBackup
  if (last === undefined) return [styled('warning', 'no verified backup')]
  const size = backups?.find(({ metadata }) => metadata.name === last.name)?.status?.size
  return [`newest ${since(last.time, now)} ago${size === undefined ? '' : `, ${size}`}, `, styled('good', 'verified')]
}

function newestEnded(backups: Backups['backups']): EtcdBackup | undefined {
  return backups
    ?.filter(({ status }) => status?.phase === 'Completed' || status?.phase === 'Failed')
    .toSorted((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
    .at(-1)
}

export function messageOf({ status }: EtcdBackup): string {
  const complete = status?.conditions?.find(({ type }) => type === 'Complete')
  return complete === undefined ? '' : `${complete.reason}: ${complete.message}`
}
