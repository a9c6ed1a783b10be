import { ETCD_BACKUP, ETCD_CLUSTER, ETCD_RESTORE, JOB, type Job } from '../adapters/kube/kinds.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EtcdBackup, EtcdRestore } from '../api/backups.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import type { AgentRun } from '../model/agent/run.ts'
import type { ClaimFacts } from '../model/claim.ts'
import { type Known, known, unknown } from '../model/known.ts'
import { sourceJobName } from '../model/names.ts'
import { resolveSource } from '../model/restore/source.ts'
import { type RestoreView, sourceOf } from '../model/restore/view.ts'
import { mountsOf, readClaim } from './jobs/claim.ts'
import { type JobSources, readAgentRun } from './jobs/run.ts'
import type { Caches } from './watches/caches.ts'

/** The objects around an EtcdRestore. */
interface Around {
  readonly cluster: EtcdCluster | undefined
  readonly backup: EtcdBackup | undefined
  readonly job: Job | undefined
}

/** Observes from the caches. Once its EtcdCluster exists, an EtcdRestore costs no request. */
export function observeRestore(sources: JobSources, caches: Caches, restore: EtcdRestore, signal: AbortSignal): Promise<RestoreView> {
  const { namespace } = restore.metadata
  const { cluster, source } = restore.spec
  const around = {
    cluster: caches.clusters.get(namespace, cluster),
    backup: source.backup === undefined ? undefined : caches.backups.get(namespace, source.backup),
    job: caches.jobs.get(namespace, sourceJobName(restore)),
  }
  return look(sources, restore, around, signal)
}

/** Observes from the API server itself; undefined when the EtcdRestore was deleted, or recreated under its name. */
export async function observeRestoreLive(sources: JobSources, seen: EtcdRestore, signal: AbortSignal): Promise<RestoreView | undefined> {
  const { kube } = sources
  const { namespace, name, uid } = seen.metadata
  const { cluster, source } = seen.spec
  const [restore, ...[madeFor, backup, job]] = await Promise.all([
    kube.get(ETCD_RESTORE, { namespace, name }, signal),
    kube.get(ETCD_CLUSTER, { namespace, name: cluster }, signal),
    source.backup === undefined ? undefined : kube.get(ETCD_BACKUP, { namespace, name: source.backup }, signal),
    kube.get(JOB, { namespace, name: sourceJobName(seen) }, signal),
  ])
  return restore?.metadata.uid === uid ? look(sources, restore, { cluster: madeFor, backup, job }, signal) : undefined
}

/** Adds the objects that no watch follows, the claim and the Job's pods, while a rule needs them. */
async function look(sources: JobSources, restore: EtcdRestore, around: Around, signal: AbortSignal): Promise<RestoreView> {
  const { kube } = sources
  const { name, uid } = restore.metadata
  const { cluster, backup } = around
  const now = sources.now()
  const isNameFree = cluster === undefined
  const owner = { kind: 'EtcdRestore', name, uid }
  // Once the EtcdCluster exists, the Job matters only if another container in its pod keeps it running.
  const isRunning = around.job !== undefined && hasNotEnded(around.job)
  const verification = isNameFree || isRunning ? await readAgentRun(kube, around.job, owner, now, signal) : none
  // Once the Job exists, the events of its pod tell about the claim.
  const isNext = isNameFree && verification.job.state === 'absent'
  const [claim, agentImage] = await Promise.all([
    isNext ? claimOfSource(kube, restore, backup, signal) : unlooked,
    isNext ? sources.agentImage(signal) : unknown('not looked up: its Job was made'),
  ])
  return {
    now,
    restore,
    cluster,
    source: { backup, claim },
    mounts: mountsOf(claim),
    verification,
    agentImage,
  }
}

const unlooked: Known<ClaimFacts> = unknown('not looked up: no Job is about to be made')
/** Whether the Job has neither completed nor failed. */
function hasNotEnded({ status }: Job): boolean {
  return !status?.conditions?.some(({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'))
}

const none: AgentRun = { job: { state: 'absent' }, pods: [], refusal: undefined }

async function claimOfSource(
  kube: Kube,
  restore: EtcdRestore,
  backup: EtcdBackup | undefined,
  signal: AbortSignal,
): Promise<Known<ClaimFacts>> {
  const found = resolveSource(sourceOf(restore), { backup, claim: unlooked })
  if (found.kind !== 'file') return unknown('the source names no claim yet')
  return known(await readClaim(kube, restore.metadata.namespace, found.file.claimName, signal))
}
