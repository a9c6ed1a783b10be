import { pause } from '../adapters/kube/deadline.ts'
import { ETCD_CLUSTER } from '../adapters/kube/kinds.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { annotation } from '../api/labels.ts'
import { isDryRun } from '../model/cluster/dry-run.ts'
import type { Target } from './command.ts'
import { findCluster } from './find-cluster.ts'
import { Problem } from './problem.ts'
import { styled } from './text.ts'

/** How long the operator may take to list the steps: it looks at once when the annotation changes. */
const patienceMs = 30_000
const lookMs = 300
/** The annotation is taken away even after Ctrl-C, with requests of their own. */
const tidyMs = 15_000

/**
 * The cluster with `status.plan`. Somebody's own dry run is read as it is. Otherwise the annotation is set, and taken away again whatever
 * happens in between: meanwhile the operator takes no step.
 */
export async function askPlan(target: Target, cluster: EtcdCluster, signal: AbortSignal): Promise<EtcdCluster> {
  if (isDryRun(cluster)) return untilPlanned(target, cluster, signal)
  const ref = { namespace: cluster.metadata.namespace, name: cluster.metadata.name }
  // The precondition: nobody else sets the annotation at the same time, and it is the same object.
  const { resourceVersion, uid } = cluster.metadata
  await target.kube.patch(ETCD_CLUSTER, ref, { metadata: { uid, resourceVersion, annotations: { [annotation.dryRun]: 'true' } } }, signal)
  try {
    return await untilPlanned(target, cluster, signal)
  } finally {
    await takeAway(target, cluster)
  }
}

async function untilPlanned(target: Target, { metadata }: EtcdCluster, signal: AbortSignal): Promise<EtcdCluster> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const cluster = await findCluster(target, metadata.name, signal)
    if (cluster.status?.plan !== undefined && isDryRun(cluster)) return cluster
    if (performance.now() > deadline)
      throw new Problem(`the operator has not listed its steps within ${patienceMs / 1000} s`, [
        ['is it running? ', styled('command', 'kubectl etcd version')],
      ])
    await pause(lookMs, signal)
  }
}

async function takeAway(target: Target, { metadata: { name, namespace, uid } }: EtcdCluster): Promise<void> {
  const signal = AbortSignal.timeout(tidyMs)
  try {
    await target.kube.patch(ETCD_CLUSTER, { namespace, name }, { metadata: { uid, annotations: { [annotation.dryRun]: null } } }, signal)
  } catch (cause) {
    throw new Problem(
      'the annotation dry-run could not be taken away: until it is, the operator takes no step, not even a repair',
      [['take it away: ', styled('command', `kubectl annotate etcdcluster -n ${namespace} ${name} ${annotation.dryRun}-`)]],
      1,
      { cause },
    )
  }
}
