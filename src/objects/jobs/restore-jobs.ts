import type { EtcdCluster, RestoredFrom } from '../../api/etcd-cluster.ts'
import { annotation, label } from '../../api/labels.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import { mount, type PrepareTask, type PublishTask, restoringFolder, type VerifyTask } from '../../model/agent/task.ts'
import { incarnation } from '../../model/cluster/identity.ts'
import type { Mounts } from '../../model/cluster/restore-facts.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { shortHash } from '../../model/hash.ts'
import { memberName, peerUrl, restoreJobName, verifyJobName, volumeName } from '../../model/names.ts'
import type { SourceFile } from '../../model/restore/source.ts'
import { etcdImage, podLabels, templateHash } from '../cluster/stateful-set.ts'
import { type Manifest, ownerReference } from '../manifest.ts'
import { restrictedContainer } from '../restricted.ts'
import { agentContainer, agentJob, agentMounts } from './agent-job.ts'
import type { AgentJob } from './job-request.ts'
import { anywhere } from './without-placement.ts'

/** What the Jobs of a restore need besides the cluster. */
export interface JobNeeds {
  readonly image: AgentImage
  readonly mounts: Mounts
}

/**
 * Reads the backup from its first to its last byte. It mounts the backups, read-only, and nothing else, and so it runs wherever
 * they are.
 */
export function verifyJob(view: ClusterView, file: SourceFile, needs: JobNeeds): Manifest {
  const { path, expected } = file
  const targetVersion = view.cluster.spec.version
  const task: VerifyTask = { do: 'verify', location: path, targetVersion, ...(expected ? { expected } : {}) }
  return agentJob({ ...common(view, file, needs), spec: anywhere(view.cluster.spec), name: verifyJobName(view.cluster), task })
}

/**
 * Writes the backup onto the first member's volume:
 *
 *   agent: is it the file that was verified? -> etcdutl: restore beside the final folder -> agent: compare, then rename
 *
 * It is the volume's first consumer, so it is scheduled like the member. The backups are mounted read-only, and nothing but
 * the folder of this incarnation is written, whatever else lies on the volume.
 */
export function restoreJob(view: ClusterView, from: RestoredFrom, needs: JobNeeds): Manifest {
  const { path, size, bodySha256, totalKeys, liveKeys, revision, bump } = from
  const target = incarnation(view)
  const job = { ...common(view, from, needs), dataClaim: volumeName(memberName(view.cluster, 0)), memberLabels: podLabels(view.cluster) }
  const prepare: PrepareTask = { do: 'prepare', location: path, size, bodySha256, target }
  const publish: PublishTask = { do: 'publish', target, totalKeys, liveKeys, revision, bump }
  return agentJob({
    ...job,
    name: restoreJobName(view.cluster),
    task: publish,
    before: [agentContainer({ ...job, task: prepare }, 'prepare'), etcdutl(view, from, job)],
  })
}

/** Equal for Jobs that were asked for the same; a corrected spec asks for another. */
export function askedFor(cluster: EtcdCluster, from: { readonly claimName: string; readonly path: string }): string {
  return shortHash([templateHash(cluster), from.claimName, from.path])
}

function common(view: ClusterView, from: { readonly claimName: string; readonly path: string }, { image, mounts }: JobNeeds) {
  const { namespace, name } = view.cluster.metadata
  const { claimName } = from
  return {
    namespace,
    labels: { [label.cluster]: name },
    annotations: { [annotation.template]: askedFor(view.cluster, from) },
    owner: ownerReference(view.cluster),
    image,
    backups: { claimName, readOnly: true, ...mounts },
    spec: view.cluster.spec,
  } satisfies Partial<AgentJob>
}

/** Of the version that is going to open the data. */
function etcdutl(view: ClusterView, from: RestoredFrom, job: Pick<AgentJob, 'backups' | 'dataClaim'>): object {
  const { cluster } = view
  return {
    name: 'etcdutl',
    image: etcdImage(cluster),
    imagePullPolicy: cluster.spec.image.pullPolicy,
    command: restoreCommand(view, from).map(literally),
    resources: cluster.spec.pod.resources,
    securityContext: restrictedContainer,
    // The last lines tell why it ended.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: agentMounts(job),
  }
}

/**
 * The member's name, its peer URL and the token make the IDs of member and cluster, so that a restored cluster is another one
 * than that of the backup. The revision jumps ahead and everything before it counts as compacted: a client that remembers a
 * revision of the lost time is told so, instead of being shown another history under the same numbers.
 */
export function restoreCommand(view: ClusterView, { path, bump }: Pick<RestoredFrom, 'path' | 'bump'>): readonly string[] {
  const member = memberName(view.cluster, 0)
  const url = peerUrl(view.cluster, member)
  return [
    'etcdutl',
    'snapshot',
    'restore',
    `${mount.backups}/${path}`,
    `--name=${member}`,
    `--data-dir=${mount.data}/${restoringFolder(incarnation(view))}`,
    `--initial-cluster=${member}=${url}`,
    `--initial-cluster-token=${view.cluster.status?.bootstrap?.token ?? ''}`,
    `--initial-advertise-peer-urls=${url}`,
    `--bump-revision=${bump}`,
    '--mark-compacted',
  ]
}

/** The kubelet expands `$(NAME)` in commands; two dollar signs stand for one. */
function literally(argument: string): string {
  return argument.replaceAll('$', '$$$$')
}
