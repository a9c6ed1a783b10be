import { configOf, leaderOf } from '../../../model/cluster/members.ts'
import { restarting } from '../../../model/cluster/rollout.ts'
import { listensOn, misdialled, schemeOf } from '../../../model/cluster/tls.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { peerScheme, peerUrl } from '../../../model/names.ts'
import { allSpecProblems } from '../change/invalid-spec.ts'
import { type Decision, step } from '../step.ts'

/**
 * Peers dial what stands in etcd's list. Where that is not what a voter listens on, because its process was restarted before its URL was
 * changed, or its turn was taken back after it, the list follows the process. A learner keeps its URL until it is promoted.
 */
export function settlePeerUrl(view: ClusterView): Decision | undefined {
  if (leaderOf(view) === undefined) return undefined
  const wrong = misdialled(view).find((member) => !isBeingRestarted(view, member))
  const scheme = wrong && listensOn(view, wrong.name)
  if (wrong === undefined || scheme === undefined) return undefined
  const url = peerUrl(view.cluster, wrong.name, scheme)
  // Safety: a majority gives the list, the member is a voter, and its own process, or the file that the next one reads, listens there.
  return step('PeerUrlCorrected', `peers dial ${wrong.name} at ${wrong.peerUrl}, and it listens at ${url}`, {
    do: 'UpdatePeerUrl',
    member: wrong.name,
    id: wrong.id,
    peerUrl: url,
  })
}

/** Its URL was changed for the process that takes the place of this one in a moment. */
function isBeingRestarted(view: ClusterView, { id, name, peerUrl: listed }: OurMember): boolean {
  const file = configOf(view, name)
  const isChanged = file !== undefined && peerScheme(file.profile) === schemeOf(listed)
  return isChanged && restarting(view)?.id === id && allSpecProblems(view).length === 0
}
