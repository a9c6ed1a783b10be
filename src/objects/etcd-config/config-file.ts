import type { TlsMode } from '../../api/etcd-cluster.ts'
import { type MemberSettings, settingsId } from '../../model/cluster/member-settings.ts'
import { hasMaxLearners, minorKey } from '../../model/versions.ts'
import { readYaml, writeYaml } from '../yaml.ts'
import { acceptedArgs } from './extra-args.ts'

/** A member in `initial-cluster`. */
export interface NamedMember {
  readonly name: string
  readonly peerUrl: string
}

/**
 * What a member with an EMPTY data directory does with its file; a member that has a log doesn't even read these keys.
 *
 * - `bootstrap`    founds the cluster together with exactly these members; every one of them gets the same list and token
 * - `joining`      joins the running cluster, whose member list (its own entry included) must be exactly this one
 * - `established`  refuses to start: its log is lost, and under its old ID it could vote a second time (see `lockedCluster`)
 */
export type InitialCluster =
  | { readonly state: 'bootstrap'; readonly token: string; readonly members: readonly NamedMember[] }
  | { readonly state: 'joining'; readonly token: string; readonly members: readonly NamedMember[] }
  | { readonly state: 'established' }

export interface MemberIdentity {
  readonly name: string
  /** As advertised to the other members; it stands in etcd's member list for ever. */
  readonly peerUrl: string
  /** As advertised to clients; two with a comma between them where the member takes both schemes. */
  readonly clientUrl: string
  readonly dataDir: string
}

/** How many learners a cluster may have at once from 3.6 on. Never lowered: etcd judges it on every member when it applies the entry. */
export const maxLearners = 2

/**
 * The `initial-cluster` of an established member. It holds no member of this cluster, so a member that reads it, because it has lost its
 * log, exits with `couldn't find local name "..." in the initial cluster configuration` (3.5 to 3.7). Without any list etcd would
 * make a list of its own name, and start.
 */
const lockedCluster = 'established=http://127.0.0.1:1'

/**
 * One member's file for `etcd --config-file`, as YAML. With it etcd reads no other flag and no ETCD_* variable.
 * Of the arguments only what `checkExtraArgs` accepts is rendered: an invalid spec never breaks a member.
 *
 * @param args spec.etcd.extraArgs under the names that this version of etcd has for them
 */
export function renderMemberConfig(
  member: MemberIdentity,
  initial: InitialCluster,
  settings: MemberSettings,
  args: Readonly<Record<string, string>> = settings.extraArgs,
): string {
  const keys = { ...identityKeys(member, settings), ...initialKeys(initial), ...settingKeys(settings, args), ...tlsKeys(settings) }
  // Quoted, because etcd reads YAML 1.1.
  return `${settingsLine}${settingsId(settings)}\n${writeYaml(keys, { quoted: true })}`
}

/** A comment, the first line of each file: etcd reads nothing of it. */
const settingsLine = '# settings '

function identityKeys(member: MemberIdentity, { tls }: MemberSettings) {
  const clients = { Off: ['http'], Optional: ['http', 'https'], Required: ['https'] }[tls?.profile ?? 'Off']
  return {
    name: member.name,
    'data-dir': member.dataDir,
    // Go listens on IPv6 as well behind 0.0.0.0, where there is any; [::] would fail where there is none.
    'listen-peer-urls': `${tls?.profile === 'Required' ? 'https' : 'http'}://0.0.0.0:2380`,
    // Both schemes on one port: the listener tells them apart by the first bytes of a connection.
    'listen-client-urls': clients.map((scheme) => `${scheme}://0.0.0.0:2379`).join(','),
    // Probes of the kubelet have no certificate; the page tells nothing of the data.
    'listen-metrics-urls': 'http://0.0.0.0:2381',
    'initial-advertise-peer-urls': member.peerUrl,
    'advertise-client-urls': member.clientUrl,
  }
}

function initialKeys(initial: InitialCluster) {
  if (initial.state === 'established') return { 'initial-cluster': lockedCluster, 'initial-cluster-state': 'existing' }
  return {
    'initial-cluster': initial.members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(','),
    'initial-cluster-state': initial.state === 'bootstrap' ? 'new' : 'existing',
    'initial-cluster-token': initial.token,
  }
}

/** Where a pod finds the files of the cluster's Secrets, by the port or the client that they are for. */
export const certificateFolder = { peer: '/etc/etcd-tls/peer', server: '/etc/etcd-tls/server', client: '/etc/etcd-tls/client' } as const

/**
 * Peers are trusted by their CA alone, which is the cluster's own. The certificate that a member dials with names no host: etcd would resolve
 * the name at each handshake. Clients dial with the same certificate as applications without a user: etcd's own gateway does.
 */
function tlsKeys({ tls }: MemberSettings) {
  if (tls === undefined) return {}
  const { peer, server, client } = certificateFolder
  const files = (folder: string) => ({ 'cert-file': `${folder}/tls.crt`, 'key-file': `${folder}/tls.key` })
  // Safety: with the file of a CA etcd demands certificates of clients, whatever client-cert-auth says.
  const trust = { 'trusted-ca-file': `${server}/ca.crt`, 'client-cert-auth': true }
  return {
    'client-transport-security': {
      ...files(server),
      'client-cert-file': `${client}/tls.crt`,
      'client-key-file': `${client}/tls.key`,
      ...(tls.clientCertificates === 'Required' ? trust : {}),
    },
    'peer-transport-security': {
      ...files(peer),
      'client-cert-file': `${peer}/dial.crt`,
      'client-key-file': `${peer}/dial.key`,
      'trusted-ca-file': `${peer}/ca.crt`,
      'client-cert-auth': true,
    },
  }
}

function settingKeys(
  settings: MemberSettings,
  given: Readonly<Record<string, string>>,
): Record<string, boolean | number | string | readonly string[]> {
  const args = acceptedArgs(settings.version, given)
  return {
    'strict-reconfig-check': true,
    ...(hasMaxLearners(settings.version) ? { 'max-learners': maxLearners } : {}),
    'quota-backend-bytes': settings.quotaBackendBytes,
    'auto-compaction-mode': settings.autoCompaction.mode,
    'auto-compaction-retention': settings.autoCompaction.retention,
    'heartbeat-interval': settings.heartbeatIntervalMs,
    'election-timeout': settings.electionTimeoutMs,
    'snapshot-count': settings.snapshotCount,
    logger: 'zap',
    'log-level': 'info',
    'log-outputs': ['stderr'],
    ...corruptionChecks(settings.version, args.gates),
    ...args.keys,
  }
}

/**
 * All of etcd's checks that members hold the same data. All are off by default, and no user who lost data to the bugs of 3.5.0 to 3.5.2
 * had them on (etcd's postmortem). The hash of compacted data is cheap and compared every minute; the hash of all data reads the whole
 * file, so it is compared every four hours. The check at the start is a net with holes: it passes where nothing could be compared, and a
 * healthy member fails it while a wrong one runs.
 */
function corruptionChecks(version: string, gates: Readonly<Record<string, boolean>>): Record<string, boolean | number | string> {
  const fourHoursNs = 4 * 3600e9
  if (minorKey(version) === '3.5') {
    return {
      'experimental-initial-corrupt-check': true,
      'experimental-compact-hash-check-enabled': true,
      'experimental-corrupt-check-time': fourHoursNs,
    }
  }
  const all = { ...gates, InitialCorruptCheck: true, CompactHashCheck: true }
  return {
    'feature-gates': Object.entries(all)
      .map(([name, on]) => `${name}=${on}`)
      .sort()
      .join(','),
    'corrupt-check-time': fourHoursNs,
  }
}

export interface ReadMemberConfig {
  readonly state: InitialCluster['state'] | 'unreadable'
  /** Empty when established or unreadable. */
  readonly members: readonly NamedMember[]
  readonly token?: string
  readonly dataDir?: string
  /** Absent: etcd's default, 1. */
  readonly maxLearners?: number
  readonly quotaBytes?: number
  /** The settings that it was written from, by their `settingsId`; absent in files of earlier versions of the operator. */
  readonly settings?: string
  /** How a process that starts with it listens; absent where the file is unreadable. */
  readonly profile?: TlsMode
}

/** The content of a rendered file; `unreadable` for a file that `renderMemberConfig` didn't write. */
export function readMemberConfig(text: string): ReadMemberConfig {
  const keys = readKeys(text)
  const cluster = keys['initial-cluster']
  if (typeof cluster !== 'string') return { state: 'unreadable', members: [] }

  const rest = {
    ...(typeof keys['initial-cluster-token'] === 'string' ? { token: keys['initial-cluster-token'] } : {}),
    ...(typeof keys['data-dir'] === 'string' ? { dataDir: keys['data-dir'] } : {}),
    ...(typeof keys['max-learners'] === 'number' ? { maxLearners: keys['max-learners'] } : {}),
    ...(typeof keys['quota-backend-bytes'] === 'number' ? { quotaBytes: keys['quota-backend-bytes'] } : {}),
    ...readSettingsLine(text),
    profile: readProfile(keys),
  }
  if (cluster === lockedCluster) return { state: 'established', members: [], ...rest }

  const state = readState(keys['initial-cluster-state'])
  const members = cluster.split(',').map(readMember)
  if (state === undefined || members.includes(undefined)) return { state: 'unreadable', members: [] }
  return { state, members: members.filter((member) => member !== undefined), ...rest }
}

function readSettingsLine(text: string): { settings?: string } {
  const [first = ''] = text.split('\n', 1)
  return first.startsWith(settingsLine) ? { settings: first.slice(settingsLine.length) } : {}
}

function readProfile(keys: Readonly<Record<string, unknown>>): TlsMode {
  const speaksTls = (key: string) => String(keys[key] ?? '').includes('https:')
  if (speaksTls('listen-peer-urls')) return 'Required'
  return speaksTls('listen-client-urls') ? 'Optional' : 'Off'
}

function readState(text: unknown): 'bootstrap' | 'joining' | undefined {
  if (text === 'new') return 'bootstrap'
  return text === 'existing' ? 'joining' : undefined
}

/** The keys of a file as they are written; empty for what is not YAML. */
export function readKeys(text: string): Readonly<Record<string, unknown>> {
  try {
    const keys = readYaml(text)
    return typeof keys === 'object' && keys !== null ? { ...keys } : {}
  } catch {
    return {} // Not YAML: unreadable, like YAML that says something else.
  }
}

function readMember(entry: string): NamedMember | undefined {
  const match = /^([^=]+)=(.+)$/.exec(entry)
  return match?.[1] && match[2] ? { name: match[1], peerUrl: match[2] } : undefined
}
