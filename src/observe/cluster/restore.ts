import type { Etcd } from '../../adapters/etcd/calls.ts'
import { ETCD_BACKUP, JOB } from '../../adapters/kube/kinds.ts'
import type { EtcdCluster, RestoredFrom } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import type { ClaimFacts } from '../../model/claim.ts'
import type { AskedRun, NamedRun, RestoredCount, RestoreFacts } from '../../model/cluster/restore-facts.ts'
import { restoredRevision, restoreSource } from '../../model/cluster/restored.ts'
import type { PodFacts } from '../../model/cluster/view.ts'
import { type Known, known, unknown } from '../../model/known.ts'
import { endpointOf, memberName, restoreJobName, verifyJobName } from '../../model/names.ts'
import { claimOf, sourceInWords } from '../../model/restore/source.ts'
import { parseVerified } from '../../model/restore/verified-snapshot.ts'
import { mountsOf, readClaim } from '../jobs/claim.ts'
import { type JobOwner, type JobSources, ownedJob, readAgentRun } from '../jobs/run.ts'
import type { ObjectReader } from '../watches/reader.ts'
import { attempt } from './members.ts'
import type { ClusterMemory } from './memory.ts'
import type { ClusterObjects } from './objects.ts'

export interface RestoreSources extends JobSources {
  readonly etcd: Etcd
}

/** Reads what the present stage of a cluster's restore needs; nothing for a cluster without a restore, or with a cluster ID. */
export async function readRestore(
  sources: RestoreSources,
  reader: ObjectReader,
  objects: ClusterObjects,
  pods: readonly PodFacts[],
  memory: ClusterMemory,
  signal: AbortSignal,
): Promise<RestoreFacts | undefined> {
  const { cluster } = objects
  const { bootstrap, clusterID } = cluster.status ?? {}
  if (clusterID !== undefined) return undefined
  if (bootstrap === undefined) return readSource(sources, reader, cluster, signal)
  if (bootstrap.restore === undefined) return undefined
  if (objects.statefulSet === undefined) return readData(sources, reader, cluster, bootstrap.restore, signal)
  const [used, count] = await Promise.all([
    Promise.all([verifyJobName(cluster), restoreJobName(cluster)].map((job) => readEnd(sources, reader, cluster, job, signal))),
    countKeys(sources.etcd, cluster, bootstrap.restore, pods, memory, signal),
  ])
  return { stage: 'member', used, count }
}

/** A Job whose result has been used already: its pods matter only until the Job has ended. */
async function readEnd(
  { kube, now }: RestoreSources,
  reader: ObjectReader,
  cluster: EtcdCluster,
  job: string,
  signal: AbortSignal,
): Promise<NamedRun> {
  const found = await reader.get(JOB, cluster.metadata.namespace, job, signal)
  const owned = ownedJob(ownerOf(cluster), found)
  const isRunning = owned.state === 'ours' && owned.value.state === 'running'
  const run = isRunning ? await readAgentRun(kube, found, ownerOf(cluster), now(), signal) : { job: owned, pods: [], refusal: undefined }
  return { job, run }
}

async function readSource(
  sources: RestoreSources,
  reader: ObjectReader,
  cluster: EtcdCluster,
  signal: AbortSignal,
): Promise<RestoreFacts | undefined> {
  const source = restoreSource(cluster)
  if (source === undefined) return undefined
  const { namespace, annotations } = cluster.metadata
  const verifiedByRestore = parseVerified(annotations?.[annotation.verified])
  // Safety: the annotation counts only for the verified source; a person may have named another source since, or copied the EtcdCluster.
  if (verifiedByRestore?.source === sourceInWords(source))
    return { ...unread, verifiedByRestore, agentImage: await sources.agentImage(signal) }
  const [agentImage, backup, verification] = await Promise.all([
    sources.agentImage(signal),
    source.kind === 'backup' ? reader.get(ETCD_BACKUP, namespace, source.name, signal) : undefined,
    readRun(sources, reader, cluster, verifyJobName(cluster), signal),
  ])
  // The operator read the claim before it created the Job; from then on the Job's pod tells about trouble with the claim.
  if (verification.job.state !== 'absent') return { ...unread, facts: { backup, claim: unlooked }, verification, agentImage }
  const claimName = claimOf(source, backup)
  const claim = claimName === undefined ? unlooked : known(await readClaim(sources.kube, namespace, claimName, signal))
  return { ...unread, facts: { backup, claim }, agentImage, mounts: mountsOf(claim) }
}

const unlooked: Known<ClaimFacts> = unknown('not looked up: no Job is about to be made')

/** Facts that no rule needs at this stage, and that are not read. */
const unread = {
  stage: 'source',
  facts: { backup: undefined, claim: unlooked },
  verifiedByRestore: undefined,
  verification: { job: { state: 'absent' }, pods: [], refusal: undefined, asked: undefined },
  mounts: { oneNode: false, node: undefined },
} as const

async function readData(
  sources: RestoreSources,
  reader: ObjectReader,
  cluster: EtcdCluster,
  { claimName }: RestoredFrom,
  signal: AbortSignal,
): Promise<RestoreFacts> {
  const [run, verification, agentImage] = await Promise.all([
    readRun(sources, reader, cluster, restoreJobName(cluster), signal),
    readEnd(sources, reader, cluster, verifyJobName(cluster), signal),
    sources.agentImage(signal),
  ])
  // Only a Job that is still to be created needs the claim, to choose its node.
  const claim = run.job.state === 'absent' ? known(await readClaim(sources.kube, cluster.metadata.namespace, claimName, signal)) : unlooked
  return { stage: 'data', run, agentImage, mounts: mountsOf(claim), used: [verification] }
}

async function readRun(
  { kube, now }: RestoreSources,
  reader: ObjectReader,
  cluster: EtcdCluster,
  job: string,
  signal: AbortSignal,
): Promise<AskedRun> {
  const found = await reader.get(JOB, cluster.metadata.namespace, job, signal)
  const run = await readAgentRun(kube, found, ownerOf(cluster), now(), signal)
  return { ...run, asked: found?.metadata.annotations?.[annotation.request] }
}

function ownerOf({ metadata: { name, uid } }: EtcdCluster): JobOwner {
  return { kind: 'EtcdCluster', name, uid }
}

/** Deadline for counting keys, long enough for millions. */
const countMs = 30_000

/** Counts once and remembers the result: the keys at a revision never change, and counting many keys takes seconds. */
async function countKeys(
  etcd: Etcd,
  cluster: EtcdCluster,
  from: RestoredFrom,
  pods: readonly PodFacts[],
  memory: ClusterMemory,
  signal: AbortSignal,
): Promise<Known<RestoredCount>> {
  if (memory.restoredCount !== undefined) return memory.restoredCount
  const pod = pods.find(({ name }) => name === memberName(cluster, 0))
  if (pod?.ip === undefined || pod.etcd.state !== 'running') return unknown('it does not run')
  const count = await attempt(() => etcd.count(endpointOf(cluster, pod), restoredRevision(from), { signal, deadlineMs: countMs }))
  if (count.known) memory.restoredCount = count
  return count
}
