import { PERSISTENT_VOLUME_CLAIM, POD } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import { label } from '../../api/labels.ts'
import type { ClaimFacts } from '../../model/claim.ts'
import type { Mounts } from '../../model/cluster/restore-facts.ts'
import type { Known } from '../../model/known.ts'

/** Reads a claim for backups, which no watch follows; and, if its access mode allows one node at a time, the node that uses it now. */
export async function readClaim(kube: Kube, namespace: string, name: string, signal: AbortSignal): Promise<ClaimFacts> {
  const claim = await kube.get(PERSISTENT_VOLUME_CLAIM, { namespace, name }, signal)
  if (claim === undefined) return { state: 'absent' }
  if (claim.metadata.deletionTimestamp !== undefined) return { state: 'deleting' }
  if (claim.spec?.volumeMode === 'Block') return { state: 'block' }
  const cluster = claim.metadata.labels?.[label.cluster]
  const modes = claim.status?.accessModes ?? claim.spec?.accessModes ?? []
  const oneNode = !modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')
  const node = oneNode ? (await userOfClaim(kube, namespace, name, signal))?.node : undefined
  return { state: 'present', oneNode, node, ...(cluster === undefined ? {} : { memberOf: cluster }) }
}

/** A pod that uses the volume now. Pods of the agent don't count: they exit by themselves, and go to the same node anyway. */
export async function userOfClaim(
  kube: Kube,
  namespace: string,
  claimName: string,
  signal: AbortSignal,
): Promise<{ readonly pod: string; readonly node: string } | undefined> {
  const { items } = await kube.list(POD, { namespace, fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' }, signal)
  const user = items
    .filter((pod) => pod.spec?.nodeName !== undefined && pod.metadata.labels?.[label.agent] === undefined)
    .find((pod) => pod.spec?.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === claimName))
  return user?.spec?.nodeName === undefined ? undefined : { pod: user.metadata.name, node: user.spec.nodeName }
}

/** How the claim can be mounted; a claim that is missing or was not read counts as free for every node, and is not mounted. */
export function mountsOf(claim: Known<ClaimFacts>): Mounts {
  return claim.known && claim.value.state === 'present'
    ? { oneNode: claim.value.oneNode, node: claim.value.node }
    : { oneNode: false, node: undefined }
}
