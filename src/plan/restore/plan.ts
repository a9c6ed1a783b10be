import { annotation } from '../../api/labels.ts'
import { resolveSource } from '../../model/restore/source.ts'
import { madeCluster, type RestoreView, sourceOf } from '../../model/restore/view.ts'
import { isTerminal } from '../../model/terminal.ts'
import { firstDecision } from '../decision.ts'
import { followCluster } from './follow-cluster.ts'
import { fail, type RestoreDecision, type RestoreRule, wait } from './step.ts'
import { verifySource } from './verify-source.ts'

/**
 * An EtcdRestore, from its creation to a cluster with the data:
 *
 *   the name is free -> the source is there -> its file was read and is whole -> an EtcdCluster is made -> it restores itself
 *
 * The order is the policy: the first rule that has something to say decides. All of it is seen in the world, so a crash
 * anywhere is an ordinary start.
 */
export const rules: readonly RestoreRule[] = [
  finished, // Completed and Failed never change again
  clusterDeleted, // an EtcdCluster that somebody deleted isn't recreated
  followCluster, // once its EtcdCluster is there nothing else counts, not even the source
  clusterExists, // data is never restored over data
  beginFromSource, // nothing is made before the file is known to be whole
]

export function planRestore(view: RestoreView): RestoreDecision {
  return firstDecision(rules, view) ?? { kind: 'steady' }
}

function finished({ restore }: RestoreView): RestoreDecision | undefined {
  return restore.metadata.deletionTimestamp !== undefined || isTerminal(restore) ? { kind: 'steady' } : undefined
}

function clusterDeleted(view: RestoreView): RestoreDecision | undefined {
  const made = madeCluster(view)
  const { phase } = view.restore.status ?? {}
  // These phases are written only when the EtcdCluster has been seen: where there is none, it was deleted.
  const isGone = made === undefined ? phase === 'Restoring' || phase === 'Growing' : made.metadata.deletionTimestamp !== undefined
  if (!isGone) return undefined
  const name = view.restore.spec.cluster
  const isOther = made === undefined && view.cluster !== undefined
  const what = isOther ? `was replaced by one without the annotation ${annotation.restoreUid}` : 'was deleted'
  return fail('ClusterDeleted', `EtcdCluster ${name} ${what} before it was complete; create another EtcdRestore to begin again`)
}

function clusterExists({ cluster }: RestoreView): RestoreDecision | undefined {
  if (cluster === undefined) return undefined
  const { name, deletionTimestamp } = cluster.metadata
  if (deletionTimestamp !== undefined)
    return wait('Pending', 'WaitingForDeletion', `an earlier EtcdCluster ${name} is still being deleted`, 1000)
  // Safety: an EtcdCluster without the UID of this very EtcdRestore is somebody else's: nothing of it is touched.
  return fail(
    'ClusterExists',
    `EtcdCluster ${name} exists, and a restore makes a new one: name another in spec.cluster of a new EtcdRestore, or delete that EtcdCluster first`,
  )
}

function beginFromSource(view: RestoreView): RestoreDecision {
  const found = resolveSource(sourceOf(view.restore), view.source)
  switch (found.kind) {
    case 'refused':
      return fail(found.reason, found.message)
    case 'wait':
      return wait('Pending', found.reason, found.message, 2000)
    case 'file':
      return verifySource(view, found.file)
  }
}
