import type { EtcdCluster, TlsMode } from '../../api/etcd-cluster.ts'
import { peerScheme, type Scheme } from '../names.ts'
import { oncePerObject } from '../once-per.ts'
import { pinnedClusterId } from './identity.ts'
import { configOf, isOurs, listed, listedByName, podOf, volumeOf } from './members.ts'
import type { ClusterView, OurMember, PodFacts } from './view.ts'

/**
 * How the members speak TLS. A member's *profile* is what its process listens on and has loaded:
 *
 * | profile  | 2379           | 2380  | peers' certificates |
 * |----------|----------------|-------|---------------------|
 * | Off      | http           | http  | none                |
 * | Optional | http and https | http  | loaded              |
 * | Required | https          | https | loaded              |
 *
 * Members go from one to the next by ordinary rolls, and never jump: while any member runs or would start without certificates, no member
 * listens to peers with TLS, and while any member does, no member gives its certificates up. See ADR 21.
 */

const strength: Readonly<Record<TlsMode, number>> = { Off: 0, Optional: 1, Required: 2 }

export function isWeaker(one: TlsMode, other: TlsMode): boolean {
  return strength[one] < strength[other]
}

function strongest(modes: readonly TlsMode[]): TlsMode | undefined {
  return modes.toSorted((a, b) => strength[b] - strength[a])[0]
}

export function weakest(modes: readonly TlsMode[]): TlsMode | undefined {
  return modes.toSorted((a, b) => strength[a] - strength[b])[0]
}

/** What a cluster begins with whose spec says nothing. */
export const modeByDefault: TlsMode = 'Required'

/** The mode that a cluster begins with; an adopted one has what its volumes are marked with. */
export function beginsWith({ spec }: EtcdCluster): TlsMode {
  return spec.tls.mode ?? modeByDefault
}

/** The mode of a cluster that is brought back: what its volumes are marked with. One that was never marked never had certificates. */
export function adoptedMode(view: ClusterView, members: readonly string[]): TlsMode {
  return strongest(members.flatMap((name) => volumeOf(view, name)?.tls ?? [])) ?? 'Off'
}

/** As status.bootstrap has it. */
export function frozenTls(mode: TlsMode): { readonly tls?: Exclude<TlsMode, 'Off'> } {
  return mode === 'Off' ? {} : { tls: mode }
}

/** The profile of a member's settings, by their `settingsId`; undefined where there are none. */
export function profileIn(settings: string | undefined): TlsMode | undefined {
  if (settings === undefined) return undefined
  const named = /\.(Optional|Required)$/.exec(settings)?.[1]
  return named === 'Optional' || named === 'Required' ? named : 'Off'
}

/**
 * What the member's process runs: as its ports have shown, or as its pod is marked. A container may have been restarted since the pod was
 * marked, with a file that was written for another turn. Undefined where it has no pod.
 */
export function profileOf(view: Pick<ClusterView, 'pods' | 'tls'>, name: string): TlsMode | undefined {
  return shownProfile(view, name) ?? podOf(view, name)?.profile
}

/**
 * What the ports of the very process have shown; undefined while they have not, and of a member that is not asked. The first process of a pod
 * runs what the pod is marked with, whatever stands between it and whoever asks: so no member is restarted again and again for what it shows.
 */
function shownProfile(view: Pick<ClusterView, 'pods' | 'tls'>, name: string): TlsMode | undefined {
  const [pod, seen] = [podOf(view, name), view.tls.members.get(name)]
  if (pod?.etcd.state !== 'running' || pod.restarts === 0 || seen?.uid !== pod.uid || !seen.peer.plain.known) return undefined
  if (!seen.peer.plain.value) return 'Required'
  if (!seen.client.served.known) return undefined
  return seen.client.served.value === undefined ? 'Off' : 'Optional'
}

/** Whether the process runs another profile than its pod is marked with: only a restart makes the mark right. */
export function runsOtherwise(view: Pick<ClusterView, 'pods' | 'tls'>, name: string): boolean {
  return profileOf(view, name) !== podOf(view, name)?.profile
}

/** The scheme on which the member's peers reach its process, or its next process where none runs; undefined where nothing tells. */
export function listensOn(view: ClusterView, name: string): Scheme | undefined {
  const pod = podOf(view, name)
  const isRunning = pod?.etcd.state === 'running' && pod.endsBy === undefined
  const runs = isRunning ? profileOf(view, name) : configOf(view, name)?.profile
  return runs === undefined ? undefined : peerScheme(runs)
}

/** The scheme of a member's URL in etcd's list, on which its peers dial it. */
export function schemeOf(peerUrl: string): Scheme {
  return peerUrl.startsWith('https:') ? 'https' : 'http'
}

/** The names whose processes and files count: those that etcd lists, or while no majority gives the list all that have a file. */
function names(view: ClusterView): readonly string[] {
  if (view.membership.known) return listed(view).flatMap(({ name }) => name ?? [])
  return view.config.state === 'ours' ? [...view.config.value.members.keys()] : []
}

/**
 * What the members run, what their next processes start with whatever restarts them, and what etcd's list says: https in the list counts as
 * a member that listens so. Where all of that is lost, what the cluster had.
 */
const present = oncePerObject((view: ClusterView): readonly TlsMode[] => {
  const inList = listed(view).flatMap(({ peerUrl }): readonly TlsMode[] => (schemeOf(peerUrl) === 'https' ? ['Required'] : []))
  const all = names(view).flatMap((name) => [profileOf(view, name), configOf(view, name)?.profile])
  const seen = [...inList, ...all.filter((one) => one !== undefined)]
  return seen.length > 0 ? seen : [remembered(view)]
})

/** Whether a listed member beside this one runs without the peers' certificates, or would after a restart. */
export function isAnyWithoutCertificates(view: ClusterView, beside: string): boolean {
  return names(view).some((name) => name !== beside && [profileOf(view, name), configOf(view, name)?.profile].includes('Off'))
}

/**
 * What the cluster had, where no pod and no file is left that tells. Of a cluster that was never formed the status says nothing yet: it has
 * what it was frozen with, or will be.
 */
function remembered(view: ClusterView): TlsMode {
  const { status } = view.cluster
  const marked = strongest(view.volumes.flatMap(({ tls }) => tls ?? []))
  if (pinnedClusterId(view) !== undefined) return status?.tls?.mode ?? marked ?? status?.bootstrap?.tls ?? 'Off'
  return status?.bootstrap === undefined ? (marked ?? beginsWith(view.cluster)) : (status.bootstrap.tls ?? 'Off')
}

/**
 * What the spec asks for; where it says nothing, what the cluster has. On the way from one mode to another that is the stronger one, so that
 * a field that is taken out never makes TLS weaker.
 */
export function wishedMode(view: ClusterView): TlsMode {
  const { mode } = view.cluster.spec.tls
  if (mode !== undefined) return mode
  const running = names(view).flatMap((name) => profileOf(view, name) ?? [])
  return strongest(running) ?? remembered(view)
}

/** The weakest profile that a member runs, as the status says it; until a member runs, what the cluster had or begins with. */
export const clusterMode = oncePerObject((view: ClusterView): TlsMode => {
  const running = names(view).flatMap((name) => profileOf(view, name) ?? [])
  return weakest(running) ?? remembered(view)
})

/**
 * The profile that members get next, all of them in their turns. A cluster that is not pinned yet keeps what it was frozen with: its first
 * members have each other's URLs in their files.
 *
 * Safety: Required only when no member that runs, or that would start from its file, lacks the peers' certificates; Off only when no member
 * listens with TLS, or is listed so.
 */
export const nextProfile = oncePerObject((view: ClusterView): TlsMode => {
  if (pinnedClusterId(view) === undefined) {
    const { bootstrap } = view.cluster.status ?? {}
    return bootstrap === undefined ? beginsWith(view.cluster) : (bootstrap.tls ?? 'Off')
  }
  const wished = wishedMode(view)
  if (wished === 'Required') return present(view).includes('Off') ? 'Optional' : 'Required'
  if (wished === 'Off') return present(view).includes('Required') ? 'Optional' : 'Off'
  return 'Optional'
})

/**
 * The profile for which a member's file is written outside of its turn: the one that it runs. A learner keeps to the URL that it was added
 * with, because changing the URL of a learner promotes it (etcd before 3.5.31 and 3.6.12). A name that etcd does not list gets what is next.
 */
export function keptProfile(view: ClusterView, name: string): TlsMode {
  const row = listedByName(view, name)
  if (view.membership.known && row === undefined) return nextProfile(view)
  if (row?.isLearner) return fitting(schemeOf(row.peerUrl), profileOf(view, name) ?? nextProfile(view))
  const own = profileOf(view, name) ?? configOf(view, name)?.profile ?? volumeOf(view, name)?.tls
  if (own !== undefined) return own
  if (row !== undefined) return fitting(schemeOf(row.peerUrl), nextProfile(view))
  return pinnedClusterId(view) === undefined ? nextProfile(view) : remembered(view)
}

/** The profile nearest to the given one that listens to peers on this scheme. */
export function fitting(scheme: Scheme, profile: TlsMode): TlsMode {
  if (scheme === 'https') return 'Required'
  return profile === 'Required' ? 'Optional' : profile
}

/** The voters whose URL in the list is not the one on which they listen, or will when they start. */
export function misdialled(view: ClusterView): readonly OurMember[] {
  return listed(view)
    .filter(isOurs)
    .filter(({ isLearner, published }) => !isLearner && published)
    .filter(({ name, peerUrl }) => (listensOn(view, name) ?? schemeOf(peerUrl)) !== schemeOf(peerUrl))
}

/**
 * The mode that the StatefulSet's template is made for: the strongest that any file, or a member's turn, needs. A pod that a drain recreates
 * finds the certificates that its file names, and one whose file names none has no use for them.
 */
export const templateMode = oncePerObject((view: ClusterView): TlsMode => {
  const files = view.config.state === 'ours' ? [...view.config.value.members.values()].map(({ profile }) => profile) : []
  return strongest([nextProfile(view), ...files]) ?? 'Off'
})

/** Whether a pod mounts the Secrets with certificates, or will: then they have to be there and valid. */
export function needsSecrets(view: ClusterView): boolean {
  return templateMode(view) !== 'Off' || view.pods.some(({ ours, profile }) => ours && profile !== 'Off')
}

/**
 * How the operator reaches the client port. A process may have been restarted since its pod was marked, and then it runs what its file says;
 * neighbouring profiles have a scheme in common.
 */
export function clientsReach({ profile }: Pick<PodFacts, 'profile'>, file: TlsMode | undefined): Scheme {
  return profile === 'Off' || file === 'Off' ? 'http' : 'https'
}
