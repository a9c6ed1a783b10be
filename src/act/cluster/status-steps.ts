import { ETCD_CLUSTER } from '../../adapters/kube/kinds.ts'
import { nextVersionOf } from '../../model/cluster/next-version.ts'
import { notedWish } from '../../model/cluster/wishes.ts'
import { minorKey } from '../../model/versions.ts'
import type { StepContext, StepOf } from './performer.ts'

/** Steps that write into the status of the EtcdCluster, by compare-and-swap. */

export async function freezeBootstrap(context: StepContext, step: StepOf<'FreezeBootstrap'>): Promise<void> {
  const { size, token, incarnation, begins, tls } = step
  const bootstrap = { size, token, incarnation, ...(tls === undefined ? {} : { tls }) }
  // The members' logs begin with this cluster; those of adopted volumes may be of any version.
  const logsFrom = minorKey(nextVersionOf(context.view))
  switch (begins.as) {
    case 'new':
      return writeStatus(context, { bootstrap, logsFrom })
    case 'adopted':
      return writeStatus(context, { bootstrap: { ...bootstrap, adopted: begins.members }, clusterID: begins.clusterId })
    case 'restored':
      return writeStatus(context, { bootstrap: { ...bootstrap, restore: begins.from }, logsFrom })
  }
}

export async function pinCluster(context: StepContext, { clusterId, restoredKeys }: StepOf<'PinCluster'>): Promise<void> {
  const counted = restoredKeys === undefined ? {} : { bootstrap: { restore: { restoredKeys } } }
  await writeStatus(context, { clusterID: clusterId, ...counted })
}

export async function noteSnapshots(context: StepContext, { logsFrom }: StepOf<'NoteSnapshots'>): Promise<void> {
  await writeStatus(context, { logsFrom })
}

export async function noteWish(context: StepContext, step: StepOf<'NoteWish'>): Promise<void> {
  await writeStatus(context, { wishes: { [step.kind]: notedWish(step, context.view.now) } })
}

async function writeStatus({ kube, view, signal }: StepContext, status: object): Promise<void> {
  const { namespace, name, uid, resourceVersion } = view.cluster.metadata
  await kube.patch(ETCD_CLUSTER, { namespace, name }, { metadata: { uid, resourceVersion }, status }, signal, { subresource: 'status' })
}
