import type { EtcdClusterSpec, TlsMode } from '../../api/etcd-cluster.ts'
import { shortHash } from '../hash.ts'
import { oncePerObject } from '../once-per.ts'
import { minorKey } from '../versions.ts'
import { nextCluster } from './next-cluster.ts'
import { nextTiming, timingWords } from './timing.ts'
import { nextProfile } from './tls.ts'
import type { ClusterView } from './view.ts'
import { quotaBytes } from './volume-size.ts'

/** Spec.etcd with every default filled in, in etcd's own units; the same for all members of one version and profile. */
export interface MemberSettings {
  /** x.y.z of the etcd that will read the file. */
  readonly version: string
  readonly quotaBackendBytes: number
  readonly autoCompaction: { readonly mode: 'periodic' | 'revision'; readonly retention: string }
  readonly heartbeatIntervalMs: number
  readonly electionTimeoutMs: number
  readonly snapshotCount: number
  readonly extraArgs: Readonly<Record<string, string>>
  /** Absent: plain text alone. */
  readonly tls?: {
    readonly profile: Exclude<TlsMode, 'Off'>
    readonly clientCertificates: EtcdClusterSpec['tls']['clientCertificates']
  }
}

/** What a member's config file says once it is written next, with a profile that is not that of its turn where one is given. */
export function memberSettings(view: ClusterView, profile: TlsMode = nextProfile(view)): MemberSettings {
  const { spec } = nextCluster(view)
  const { heartbeatMs, electionMs } = nextTiming(view)
  return {
    version: spec.version,
    quotaBackendBytes: quotaBytes(view),
    autoCompaction: spec.etcd.autoCompaction,
    heartbeatIntervalMs: heartbeatMs,
    electionTimeoutMs: electionMs,
    snapshotCount: spec.etcd.snapshotCount,
    extraArgs: spec.etcd.extraArgs,
    ...(profile === 'Off' ? {} : { tls: { profile, clientCertificates: spec.tls.clientCertificates } }),
  }
}

/**
 * A name for settings: it stands in the file that was written from them, and changes exactly when a member has to be restarted for them.
 * Not a hash of the file: how the operator writes a file may change with its own version, and that restarts nobody. Of the version only the
 * minor one counts, because all its releases read the same file. Timing and profile stand in it in words: what a process runs with is told
 * by this name alone, which its pod is marked with.
 */
export function settingsId({ version, ...settings }: MemberSettings): string {
  const { heartbeatIntervalMs: heartbeatMs, electionTimeoutMs: electionMs } = settings
  const words = settings.tls === undefined ? '' : `.${settings.tls.profile}`
  return `${shortHash({ ...settings, minor: minorKey(version) })}.${timingWords({ heartbeatMs, electionMs })}${words}`
}

/** The name of the settings that members are to run with. */
export const wantedSettings = oncePerObject((view: ClusterView): string => settingsWith(view, nextProfile(view)))

/** The same for a member that gets another profile than the next one. */
export function settingsWith(view: ClusterView, profile: TlsMode): string {
  const { spec } = nextCluster(view)
  const known = ids.get(spec) ?? new Map<string, string>()
  ids.set(spec, known)
  const key = `${quotaBytes(view)} ${timingWords(nextTiming(view))} ${profile}`
  const id = known.get(key) ?? settingsId(memberSettings(view, profile))
  known.set(key, id)
  return id
}

/** Cached by the spec object, which never changes once it was read. */
const ids = new WeakMap<object, Map<string, string>>()
