import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { type Backups, backupsOf } from './backups.ts'
import { nowOf } from './next-step.ts'
import { isWell, mayFail, stateOf } from './state.ts'

/** What `status -o json` says of a cluster. Fields may be added, none is renamed. */
export function statusData(cluster: EtcdCluster, all: Backups): object {
  const { metadata, spec, status } = cluster
  const { backups, schedules } = backupsOf(cluster, all)
  const last = status?.lastBackup
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    state: stateOf(cluster).word,
    ready: isWell(cluster),
    needsYou: nowOf(cluster, 0).what === 'blocked',
    version: status?.version ?? null,
    size: spec.size,
    readyMembers: status?.readyMembers ?? 0,
    mayFail: mayFail(cluster) ?? null,
    leader: status?.leader ?? null,
    dbSize: status?.dbSize ?? null,
    nextStep: status?.nextStep ?? null,
    rollout: status?.rollout ?? null,
    members: status?.memberStatus ?? [],
    backups: {
      newest: last === undefined ? null : { ...last, size: backups?.find((one) => one.metadata.name === last.name)?.status?.size ?? null },
      schedules:
        schedules?.map((one) => ({
          name: one.metadata.name,
          schedule: one.spec.schedule,
          timeZone: one.spec.timeZone,
          suspended: one.spec.suspend,
          next: one.status?.nextScheduleTime ?? null,
        })) ?? null,
    },
    tls: status?.tls ?? null,
    conditions: status?.conditions ?? [],
  }
}
