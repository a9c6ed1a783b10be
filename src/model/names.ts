import type { EtcdRestore } from '../api/backups.ts'
import type { EtcdCluster, TlsMode } from '../api/etcd-cluster.ts'
import type { EtcdUser } from '../api/etcd-user.ts'

/**
 * Every name that is made from a cluster's name, in one place. A member, its pod and its volume share the pod's name:
 * member `demo-1`, pod `demo-1`, volume `data-demo-1`.
 */
export const port = { client: 2379, peer: 2380, metrics: 2381 } as const

/** The Job that takes a backup, and the one that removes its file. */
export function backupJobName(backup: string): string {
  return `${backup}-backup`
}

export function deletionJobName(backup: string): string {
  return `${backup}-delete`
}

export function memberName(cluster: EtcdCluster, ordinal: number): string {
  return `${cluster.metadata.name}-${ordinal}`
}

/** Voters of the largest cluster that the schema allows. */
const largestSize = 7

/** Twice the members of the largest cluster: each may leave while another joins, and there are never more pods and volumes. */
export const maxReplicas = 2 * largestSize

/**
 * The ordinal of a member or pod of this cluster; undefined for any other name. Only small ordinals are accepted: a StatefulSet creates
 * all pods below the highest ordinal, and anybody with access to etcd or the namespace can make up a name.
 */
export function ordinalOf(cluster: EtcdCluster, name: string): number | undefined {
  const prefix = `${cluster.metadata.name}-`
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : ''
  const ordinal = /^(0|[1-9][0-9]?)$/.test(rest) ? Number(rest) : Number.NaN
  return ordinal < maxReplicas ? ordinal : undefined
}

export function volumeName(member: string): string {
  return `data-${member}`
}

/** The member whose data a volume of this cluster holds, by the volume's name. */
export function memberOfVolume(cluster: EtcdCluster, volume: string): string | undefined {
  const name = volume.startsWith('data-') ? volume.slice('data-'.length) : ''
  return ordinalOf(cluster, name) === undefined ? undefined : name
}

export function configName(cluster: EtcdCluster): string {
  return `${cluster.metadata.name}-members`
}

/** Key of a member's config in the ConfigMap; etcd is started with `--config-file=/etc/etcd/$(POD_NAME).yaml`. */
export function configKey(member: string): string {
  return `${member}.yaml`
}

/** The Job that reads the backup before the cluster begins with it. */
export function verifyJobName(cluster: EtcdCluster): string {
  return `${cluster.metadata.name}-verify`
}

/** The Job that reads the source of an EtcdRestore. Not `-verify`: an EtcdRestore and an EtcdCluster may well share a name. */
export function sourceJobName(restore: EtcdRestore): string {
  return `${restore.metadata.name}-source`
}

/** The Job that writes the backup onto the first member's volume. */
export function restoreJobName(cluster: EtcdCluster): string {
  return `${cluster.metadata.name}-restore`
}

export function peerServiceName(cluster: EtcdCluster): string {
  return `${cluster.metadata.name}-peers`
}

/** The Secrets of a cluster. Each holds keys: only what carries a step out reads one, by its name. */
export function peerCaSecretName(cluster: EtcdCluster): string {
  return `${cluster.metadata.name}-peer-ca`
}

export function clientCaSecretName(cluster: EtcdCluster): string {
  return `${cluster.metadata.name}-client-ca`
}

export function peerTlsSecretName(cluster: EtcdCluster): string {
  return `${cluster.metadata.name}-peer-tls`
}

export function serverTlsSecretName(cluster: EtcdCluster): string {
  return `${cluster.metadata.name}-server-tls`
}

/** For applications without a user, and in the members' pods for etcdctl. */
export function clientSecretName(cluster: EtcdCluster): string {
  return `${cluster.metadata.name}-client`
}

/** The Secret that an application connects with as this user. */
export function userSecretName(user: EtcdUser): string {
  return `${user.metadata.name}-etcd`
}

/** Host of a member, without the cluster domain: it stays in etcd's member list for ever. */
export function memberHost(cluster: EtcdCluster, member: string): string {
  return `${member}.${peerServiceName(cluster)}.${cluster.metadata.namespace}.svc`
}

export type Scheme = 'http' | 'https'

/** How peers reach a member that runs in this mode: only Required listens with TLS. */
export function peerScheme(mode: TlsMode): Scheme {
  return mode === 'Required' ? 'https' : 'http'
}

/** How clients reach a member that runs in this mode; one that takes both names the safe one. */
export function clientScheme(mode: TlsMode): Scheme {
  return mode === 'Off' ? 'http' : 'https'
}

export function peerUrl(cluster: EtcdCluster, member: string, scheme: Scheme = 'http'): string {
  return `${scheme}://${memberHost(cluster, member)}:${port.peer}`
}

export function clientUrl(cluster: EtcdCluster, member: string, scheme: Scheme = 'http'): string {
  return `${scheme}://${memberHost(cluster, member)}:${port.client}`
}

export function serviceEndpoint(cluster: EtcdCluster, scheme: Scheme = 'http'): string {
  return `${scheme}://${cluster.metadata.name}.${cluster.metadata.namespace}.svc:${port.client}`
}

/** A port of a member, by its IP: `http://10.1.2.3:2379`. */
export interface MemberEndpoint {
  readonly url: string
  /** Names the credentials that a connection is opened with; absent: none. */
  readonly credentials?: string
}

/**
 * Where to reach a member of this cluster: by its pod's IP, because DNS resolves the name of a recreated pod late. Its page of metrics is
 * always plain.
 */
export function endpointOf(
  cluster: EtcdCluster,
  pod: { readonly ip: string | undefined; readonly clientScheme?: Scheme },
  at: number = port.client,
): MemberEndpoint {
  const host = pod.ip?.includes(':') ? `[${pod.ip}]` : (pod.ip ?? '')
  if (at !== port.client || pod.clientScheme !== 'https') return { url: `http://${host}:${at}` }
  return { url: `https://${host}:${at}`, credentials: credentialsOf(cluster) }
}

/** The name of the operator's own credentials for this cluster, which are kept in memory alone. */
export function credentialsOf({ metadata }: EtcdCluster): string {
  return `${metadata.namespace}/${metadata.name}/${metadata.uid}`
}

/** A client certificate without a name, to prove that nobody in particular gets in where etcd asks who somebody is. */
export function nobodyCredentialsOf(cluster: EtcdCluster): string {
  return `${credentialsOf(cluster)}#nobody`
}

/** A client certificate of one CA, which a process accepts only if it has loaded that CA. */
export function probeCredentialsOf(cluster: EtcdCluster, ca: 'peer' | 'client', which: 'current' | 'next'): string {
  return `${credentialsOf(cluster)}#${ca}-${which}`
}

/** Every name of credentials that a cluster can have. */
export function credentialNamesOf(cluster: EtcdCluster): readonly string[] {
  const probes = (['peer', 'client'] as const).flatMap((ca) => [
    probeCredentialsOf(cluster, ca, 'current'),
    probeCredentialsOf(cluster, ca, 'next'),
  ])
  return [credentialsOf(cluster), nobodyCredentialsOf(cluster), ...probes]
}

/** The name that every server certificate of the cluster holds, whoever has issued it: members are dialled by IP as well. */
export function tlsServerName({ metadata }: EtcdCluster): string {
  return `${metadata.name}.${metadata.namespace}.svc`
}

/** The key under which connections are kept: other credentials need another connection. */
export function endpointKey({ url, credentials }: MemberEndpoint): string {
  return credentials === undefined ? url : `${url} ${credentials}`
}

/**
 * The member of this cluster that a peer URL belongs to, whatever its scheme; undefined for a member that the operator did not add. The
 * operator uses the lowest free names, so a name beyond the size of the cluster was added by somebody else, whatever its form.
 */
export function memberOfPeerUrl(cluster: EtcdCluster, url: string): string | undefined {
  const [, scheme, host] = /^(https?):\/\/([^.]+)\./.exec(url) ?? []
  const ordinal = host === undefined ? undefined : ordinalOf(cluster, host)
  if (host === undefined || ordinal === undefined || peerUrl(cluster, host, scheme === 'https' ? 'https' : 'http') !== url) return undefined
  // The spare of an exchange has the first ordinal beyond the size.
  return ordinal < Math.max(cluster.spec.size + 1, cluster.status?.bootstrap?.size ?? 0, largestSize + 1) ? host : undefined
}
