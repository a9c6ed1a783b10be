import type { EtcdCluster, RestoredFrom } from '../../api/etcd-cluster.ts'
import { annotation, label } from '../../api/labels.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import { mount, type PrepareTask, type PublishTask, restoringFolder, sourceCopy, type VerifyTask } from '../../model/agent/task.ts'
import { incarnation } from '../../model/cluster/identity.ts'
import type { Mounts } from '../../model/cluster/restore-facts.ts'
import { etcdImage, templateHash } from '../../model/cluster/revision.ts'
import { nextProfile } from '../../model/cluster/tls.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { shortHash } from '../../model/hash.ts'
import { memberName, peerScheme, peerUrl, restoreJobName, verifyJobName, volumeName } from '../../model/names.ts'
import type { SourceFile } from '../../model/restore/source.ts'
import { podLabels } from '../cluster/stateful-set.ts'
import { type Manifest, ownerReference } from '../manifest.ts'
import { restrictedContainer } from '../restricted.ts'
import { agentContainer, agentJob, agentMounts } from './agent-job.ts'
import type { AgentJob } from './job-request.ts'
import { withoutPlacement } from './without-placement.ts'

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
  return agentJob({ ...common(view, file, needs), spec: withoutPlacement(view.cluster.spec), name: verifyJobName(view.cluster), task })
}

/**
 * Writes the backup onto the first member's volume:
 *
 *   agent: is it the file that was verified? copy it -> etcdutl: restore beside the final folder -> agent: compare, then rename
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
    before: [preparing({ ...job, task: prepare }), etcdutl(view, from)],
  })
}

/** Equal for Jobs that were asked for the same; a corrected spec asks for another. Kept on the Job as `annotation.request`. */
export function askedFor(cluster: EtcdCluster, from: { readonly claimName: string; readonly path: string }): string {
  return shortHash([templateHash(cluster), from.claimName, from.path])
}

function common(view: ClusterView, from: { readonly claimName: string; readonly path: string }, { image, mounts }: JobNeeds) {
  const { namespace, name } = view.cluster.metadata
  const { claimName } = from
  return {
    namespace,
    cluster: name,
    labels: { [label.cluster]: name },
    annotations: { [annotation.request]: askedFor(view.cluster, from) },
    owner: ownerReference(view.cluster),
    image,
    backups: { claimName, readOnly: true, ...mounts },
    spec: view.cluster.spec,
  } satisfies Partial<AgentJob>
}

/** Copies the file into a folder of the pod's own. */
function preparing(job: Parameters<typeof agentContainer>[0]): object {
  const container = agentContainer(job, 'prepare')
  return { ...container, volumeMounts: [...agentMounts(job), { name: 'source', mountPath: mount.source }] }
}

/**
 * etcdutl of the version that will open the data.
 *
 * Safety: the image is the user's. It gets the copy of one file and the volume of the cluster that it makes, and never the claim
 * with the backups, on which other people's files may lie.
 */
function etcdutl(view: ClusterView, from: RestoredFrom): object {
  const { cluster } = view
  return {
    name: 'etcdutl',
    image: etcdImage(cluster),
    imagePullPolicy: cluster.spec.image.pullPolicy,
    command: restoreCommand(view, from),
    resources: cluster.spec.pod.resources,
    securityContext: restrictedContainer,
    // The last lines of its log tell why it exited.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'source', mountPath: mount.source, readOnly: true },
      { name: 'data', mountPath: mount.data },
    ],
  }
}

/**
 * The member's name, its peer URL and the token make the IDs of member and cluster, so that a restored cluster is another one
 * than that of the backup. The revision jumps ahead, and every revision before counts as compacted: a client that watches from a revision
 * of the lost time gets an error, instead of another history under the same revisions.
 */
export function restoreCommand(view: ClusterView, { bump }: Pick<RestoredFrom, 'bump'>): readonly string[] {
  const member = memberName(view.cluster, 0)
  const url = peerUrl(view.cluster, member, peerScheme(nextProfile(view)))
  return [
    'etcdutl',
    'snapshot',
    'restore',
    `${mount.source}/${sourceCopy}`,
    `--name=${member}`,
    `--data-dir=${mount.data}/${restoringFolder(incarnation(view))}`,
    `--initial-cluster=${member}=${url}`,
    `--initial-cluster-token=${view.cluster.status?.bootstrap?.token ?? ''}`,
    `--initial-advertise-peer-urls=${url}`,
    `--bump-revision=${bump}`,
    '--mark-compacted',
  ]
}
