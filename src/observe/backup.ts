import { ETCD_BACKUP, ETCD_CLUSTER, ETCD_RESTORE, JOB, POD } from '../adapters/kube/kinds.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EtcdBackup } from '../api/backups.ts'
import { label, storedBackupFinalizer } from '../api/labels.ts'
import { readersOf } from '../model/backup/readers.ts'
import { type BackupView, claimNameOf } from '../model/backup/view.ts'
import { unknown } from '../model/known.ts'
import { backupJobName, deletionJobName } from '../model/names.ts'
import { readClaim } from './jobs/claim.ts'
import { type JobSources, readAgentRun } from './jobs/run.ts'
import type { Caches } from './watches/caches.ts'

/** Where watched objects are read from: the caches, or the API server before a step. */
export type BackupReader = Pick<Caches, 'clusters' | 'restores' | 'jobs'>

/** Observes one EtcdBackup. Reads only what a rule needs in its present state: of a running backup only its pods. */
export async function observeBackup(
  sources: JobSources,
  reader: BackupReader,
  backup: EtcdBackup,
  signal: AbortSignal,
): Promise<BackupView> {
  const { kube } = sources
  const { namespace, name, uid } = backup.metadata
  const owner = { kind: 'EtcdBackup', name, uid }
  const now = sources.now()
  const isLeaving = backup.metadata.deletionTimestamp !== undefined && (backup.metadata.finalizers ?? []).includes(storedBackupFinalizer)
  const run = (job: string) => readAgentRun(kube, reader.jobs.get(namespace, job), owner, now, signal)
  const [work, removal] = await Promise.all([run(backupJobName(name)), run(deletionJobName(name))])

  const cluster = reader.clusters.get(namespace, backup.spec.cluster)
  const isNext = (isLeaving ? removal : work).job.state === 'absent' && backup.status?.startTime !== undefined
  const [claim, agentImage, writers] = await Promise.all([
    // If the claim is being deleted, the removal of the file ends, even if its Job exists already.
    isNext || isLeaving ? readClaim(kube, namespace, claimNameOf(backup), signal) : undefined,
    isNext ? sources.agentImage(signal) : unknown('not looked up: its Job was made'),
    isNext && isLeaving ? livingPods(kube, backup, signal) : [],
  ])
  return {
    now,
    backup,
    cluster,
    otherClusters: cluster === undefined ? reader.clusters.list(namespace).map(({ metadata }) => metadata.name) : [],
    claim,
    work,
    removal,
    writers,
    agentImage,
    readers: isLeaving ? readersOf(backup, reader.restores.list(namespace), reader.clusters.list(namespace)) : [],
    namespaceTerminating: false,
  }
}

/** Observes from the API server itself; undefined when the EtcdBackup was deleted, or recreated under its name. */
export async function observeBackupLive(sources: JobSources, seen: EtcdBackup, signal: AbortSignal): Promise<BackupView | undefined> {
  const { kube } = sources
  const { namespace, name, uid } = seen.metadata
  const [backup, cluster, ...jobs] = await Promise.all([
    kube.get(ETCD_BACKUP, { namespace, name }, signal),
    kube.get(ETCD_CLUSTER, { namespace, name: seen.spec.cluster }, signal),
    kube.get(JOB, { namespace, name: backupJobName(name) }, signal),
    kube.get(JOB, { namespace, name: deletionJobName(name) }, signal),
  ])
  if (backup?.metadata.uid !== uid) return undefined
  const isLeaving = backup.metadata.deletionTimestamp !== undefined
  const [clusters, restores] = isLeaving
    ? await Promise.all([kube.list(ETCD_CLUSTER, { namespace }, signal), kube.list(ETCD_RESTORE, { namespace }, signal)])
    : [{ items: cluster ? [cluster] : [] }, { items: [] }]
  const reader = { clusters: among(clusters.items), restores: among(restores.items), jobs: among(jobs.filter((job) => job !== undefined)) }
  return observeBackup(sources, reader, backup, signal)
}

/** Objects of one namespace that were just read live, in the form of a cache. */
function among<T extends { readonly metadata: { readonly name: string } }>(items: readonly T[]) {
  return {
    get: (_namespace: string, name: string) => items.find(({ metadata }) => metadata.name === name),
    list: () => items,
    all: () => items,
    ofCluster: () => [],
  }
}

/** Pods that may still write the backup: those of its Job, also if the Job was deleted. */
async function livingPods(kube: Kube, backup: EtcdBackup, signal: AbortSignal): Promise<readonly string[]> {
  const { namespace, name } = backup.metadata
  const { items } = await kube.list(POD, { namespace, labelSelector: `${label.backup}=${name},${label.agent}=backup` }, signal)
  return items.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed').map(({ metadata }) => metadata.name)
}
