import type { EtcdCluster, TlsMode } from '../../api/etcd-cluster.ts'
import { incarnation } from '../../model/cluster/identity.ts'
import { memberSettings } from '../../model/cluster/member-settings.ts'
import { listedByName } from '../../model/cluster/members.ts'
import { nextCluster } from '../../model/cluster/next-cluster.ts'
import { nextVersionOf } from '../../model/cluster/next-version.ts'
import { nextTiming } from '../../model/cluster/timing.ts'
import { keptProfile, nextProfile } from '../../model/cluster/tls.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { quotaBytes } from '../../model/cluster/volume-size.ts'
import { shortHash } from '../../model/hash.ts'
import { clientUrl, configName, peerScheme, peerUrl, type Scheme } from '../../model/names.ts'
import { type Manifest, ownedMetadata } from '../manifest.ts'
import { argsFor } from './args-of.ts'
import { type NamedMember, renderMemberConfig } from './config-file.ts'

/**
 * How a member may start; see InitialCluster in config-file.ts. Members are named as their pods are.
 *
 * `tls`: the profile that it gets in its turn; absent where it keeps the one that it has.
 */
export type InitialState =
  | { readonly state: 'bootstrap'; readonly members: readonly string[]; readonly tls?: TlsMode }
  | { readonly state: 'joining'; readonly members: readonly string[]; readonly tls?: TlsMode }
  | { readonly state: 'established'; readonly tls?: TlsMode }

/** The config file of one member of this cluster. */
export function memberConfigText(view: ClusterView, member: string, initial: InitialState): string {
  // The text depends on these and on the EtcdCluster itself, and on nothing else.
  const inputs = JSON.stringify([member, initial, incarnation(view), ...changing(view, member, initial)])
  const cluster = nextCluster(view)
  const known = texts.get(cluster) ?? new Map<string, string>()
  texts.set(cluster, known)
  const text = known.get(inputs) ?? render(view, member, initial)
  known.set(inputs, text)
  return text
}

/** What the file depends on besides the EtcdCluster itself. */
function changing(view: ClusterView, member: string, initial: InitialState): readonly unknown[] {
  return [
    quotaBytes(view),
    nextTiming(view),
    argsFor(view, nextVersionOf(view)),
    initial.tls ?? keptProfile(view, member),
    initial.state === 'established' ? [] : initialPeers(view, initial.members),
  ]
}

/**
 * The peer URLs with which these members form or join the cluster: those that etcd's list has, or for who is not listed yet the one with which
 * it will be. Of a mixed list a member that joins needs each URL exactly.
 */
export function initialPeers(view: ClusterView, members: readonly string[]): readonly NamedMember[] {
  const scheme = peerScheme(nextProfile(view))
  return members.map((name) => ({ name, peerUrl: listedByName(view, name)?.peerUrl ?? peerUrl(view.cluster, name, scheme) }))
}

/** Cached by the EtcdCluster object, which never changes once it was read: each pass compares every file with its wanted text. */
const texts = new WeakMap<EtcdCluster, Map<string, string>>()

function render(view: ClusterView, member: string, initial: InitialState): string {
  const { cluster } = view
  const profile = initial.tls ?? keptProfile(view, member)
  const clients: readonly Scheme[] = profile === 'Off' ? ['http'] : profile === 'Optional' ? ['http', 'https'] : ['https']
  const token = cluster.status?.bootstrap?.token ?? `${cluster.metadata.name}-${cluster.metadata.uid}-0`
  const identity = {
    name: member,
    peerUrl: peerUrl(cluster, member, peerScheme(profile)),
    clientUrl: clients.map((scheme) => clientUrl(cluster, member, scheme)).join(','),
    dataDir: `/var/lib/etcd/${incarnation(view)}`,
  }
  const settings = memberSettings(view, profile)
  const args = argsFor(view, settings.version)
  if (initial.state === 'established') return renderMemberConfig(identity, initial, settings, args)
  return renderMemberConfig(identity, { state: initial.state, token, members: initialPeers(view, initial.members) }, settings, args)
}

/** Hash of that file, cached: every pass asks, and writing YAML takes longer than the rest of a pass. */
export function memberConfigHash(view: ClusterView, member: string, initial: InitialState): string {
  const { spec, status, metadata } = nextCluster(view)
  const known = hashes.get(spec) ?? new Map<string, string>()
  hashes.set(spec, known)
  const key = JSON.stringify([
    metadata.uid,
    member,
    initial,
    status?.bootstrap?.token,
    incarnation(view),
    ...changing(view, member, initial),
  ])
  const hash = known.get(key) ?? shortHash(memberConfigText(view, member, initial))
  known.set(key, hash)
  return hash
}

/** Cached by the spec object, which never changes once it was read. */
const hashes = new WeakMap<object, Map<string, string>>()

/** The ConfigMap that holds a file per member. Steps alone write its data, because a pod takes up the file that it finds there. */
export function configMap(cluster: EtcdCluster, data?: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMetadata(cluster, configName(cluster)),
    ...(data ? { data } : {}),
  }
}
