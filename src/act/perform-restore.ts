import { ETCD_CLUSTER, JOB } from '../adapters/kube/kinds.ts'
import { uncheckedCluster } from '../adapters/kube/unchecked-cluster.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EtcdClusterSpec } from '../api/etcd-cluster.ts'
import { unreachable } from '../model/known.ts'
import { sourceJobName } from '../model/names.ts'
import type { RestoreView } from '../model/restore/view.ts'
import { sourceJob } from '../objects/jobs/source-job.ts'
import { restoredCluster } from '../objects/restored-cluster.ts'
import type { RestoreStep } from '../plan/restore/step.ts'

/**
 * Carries out one step that was planned from this live view. Each step ends in one call that changes something. The call fails with
 * `conflict` if the name is taken or the Job was recreated, and a second try changes nothing more.
 */
export async function performRestore(kube: Kube, view: RestoreView, step: RestoreStep, signal: AbortSignal): Promise<void> {
  const { restore } = view
  const { namespace } = restore.metadata
  switch (step.do) {
    case 'CreateVerifyJob': {
      const desired = await tryCluster(kube, view, signal)
      await kube.create(JOB, sourceJob(view, step.file, step.image, desired), signal)
      return
    }
    case 'DeleteVerifyJob':
      await kube.delete(JOB, { namespace, name: sourceJobName(restore) }, { uid: step.uid }, signal, { propagationPolicy: 'Background' })
      return
    case 'CreateCluster':
      await kube.create(ETCD_CLUSTER, uncheckedCluster(restoredCluster(restore, step.spec, step.verified)), signal)
      return
    default:
      unreachable(step)
  }
}

/** A dry run: a spec that the API server refuses is reported before a large file is read; an accepted spec is returned with its defaults. */
async function tryCluster(kube: Kube, { restore }: RestoreView, signal: AbortSignal): Promise<EtcdClusterSpec | undefined> {
  const { cluster: name, clusterSpec: spec = {} } = restore.spec
  if (Object.keys(spec).length === 0) return undefined
  const cluster = uncheckedCluster({ metadata: { name, namespace: restore.metadata.namespace }, spec })
  const tried = await kube.create(ETCD_CLUSTER, cluster, signal, { dryRun: true, strict: true })
  return tried.spec
}
