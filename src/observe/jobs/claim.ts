import { PERSISTENT_VOLUME_CLAIM, POD } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import { label } from '../../api/labels.ts'
import type { ClaimFacts } from '../../model/claim.ts'
import type { Mounts } from '../../model/cluster/restore-facts.ts'
import type { Known } from '../../model/known.ts'

/** A claim that holds backups, which no watch follows; and, where it fits on one node at a time, the node that has it now. */
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

/** A pod that has the volume mounted now. The agent's own pods end by themselves, and its Jobs keep together as it is. */
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

/** Of a claim that isn't there, or that nobody has looked at, nobody asks. */
export function mountsOf(claim: Known<ClaimFacts>): Mounts {
  return claim.known && claim.value.state === 'present'
    ? { oneNode: claim.value.oneNode, node: claim.value.node }
    : { oneNode: false, node: undefined }
}
