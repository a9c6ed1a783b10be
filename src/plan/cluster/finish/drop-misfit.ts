import { learners } from '../../../model/cluster/members.ts'
import { isAnyWithoutCertificates, schemeOf } from '../../../model/cluster/tls.ts'
import type { ClusterView, Member } from '../../../model/cluster/view.ts'
import { memberOfPeerUrl } from '../../../model/names.ts'
import { type Decision, step } from '../step.ts'

/**
 * A call that adds a learner may land when the members have gone to another mode of TLS since. etcd takes `http` and `https` of one host for
 * two members, so the learner may be a second one of its name; or it would listen to peers with TLS, and others run without the certificates
 * to dial it. Its name joins as members are now.
 */
export function dropMisfit(view: ClusterView): Decision | undefined {
  for (const learner of learners(view)) {
    const member = memberOfPeerUrl(view.cluster, learner.peerUrl)
    const why = member === undefined || learner.published ? undefined : whyMisfit(view, member, learner)
    if (member === undefined || why === undefined) continue
    // Safety: a learner carries no vote, and this one never started.
    return step('CleaningUp', `${why}; it never started, and is removed`, {
      do: 'RemoveMember',
      member,
      id: learner.id,
      failedToJoin: false,
    })
  }
  return undefined
}

function whyMisfit(view: ClusterView, member: string, { name, id, peerUrl }: Member): string | undefined {
  if (name === undefined) return `etcd lists ${member} a second time, as the learner ${id} (${peerUrl})`
  const isUnreachable = schemeOf(peerUrl) === 'https' && isAnyWithoutCertificates(view, member)
  return isUnreachable ? `${member} was added with ${peerUrl}, and other members run without certificates to dial it` : undefined
}
