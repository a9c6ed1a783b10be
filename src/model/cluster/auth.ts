import type { EtcdClusterStatus } from '../../api/etcd-cluster.ts'
import { compareVersions } from '../versions.ts'
import { settingsWith } from './member-settings.ts'
import { answerOf, configOf, listed, voters } from './members.ts'
import { revisionOf } from './revision.ts'
import { runsOtherwise } from './tls.ts'
import type { ClusterView } from './view.ts'

type AuthStatus = NonNullable<EtcdClusterStatus['auth']>

/** etcd's own name of the user and the role that may do everything. */
export const rootName = 'root'

/**
 * Whether the operator switched authentication on, or was about to, or found it on while the spec asked for it: only then it is switched off again. What
 * a person switched on by hand, or a backup brought along, stays on.
 */
export function isSwitchedOn({ cluster }: ClusterView): boolean {
  return cluster.status?.auth?.switchedOn === true
}

/**
 * Whether every listed member runs, or starts with, settings in which it asks clients for certificates, as the spec has them now. Only then
 * is the operator root once authentication is on: until a member has been restarted for the spec its process may ask for none.
 */
export function asksWhoClientsAre(view: ClusterView): boolean {
  const asking = settingsWith(view, 'Required')
  return listed(view).every(({ name }) => {
    if (name === undefined || runsOtherwise(view, name)) return false
    return (revisionOf(view, name).runs.settings ?? configOf(view, name)?.settings) === asking
  })
}

/**
 * The part of the status about authentication; what is not known any more stays as it was.
 *
 * @param isSwitchingOn it is announced that it is switched on: an operator that dies after that still knows who has switched it on
 */
export function authStatusOf(view: ClusterView, isSwitchingOn: boolean): AuthStatus {
  const { cluster, auth } = view
  const before = cluster.status?.auth
  const enabled = auth.etcd.known ? auth.etcd.value.enabled : (before?.enabled ?? false)
  const switchedOn = isSwitchingOn || (enabled && (cluster.spec.auth.enabled || isSwitchedOn(view)))
  const claimed = auth.users.filter(({ isClaimed }) => isClaimed).map(({ user }) => user)
  const own = switchedOn || cluster.spec.auth.enabled ? [rootName] : []
  const there = auth.etcd.known ? auth.etcd.value : undefined
  return {
    enabled,
    ...(switchedOn ? { switchedOn } : {}),
    managed: {
      users: among(there?.users, [...(before?.managed?.users ?? []), ...own, ...claimed]),
      roles: among(there?.roles, [...(before?.managed?.roles ?? []), ...claimed]),
    },
  }
}

/** Those that etcd has, once each and in order; all where it isn't known what etcd has. */
function among(there: readonly string[] | undefined, names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => there === undefined || there.includes(name)).toSorted()
}

/**
 * Versions from which on no way around authentication is known, by minor version: GHSA-xg4h (watches) and what was corrected before
 * (GHSA-q8m4, GHSA-rfx7, CVE-2026-44283, CVE-2026-73500).
 */
const closedSince: Readonly<Record<string, string>> = { '3.5': '3.5.33', '3.6': '3.6.14', '3.7': '3.7.1' }

/** The members whose version has a known way around authentication, with the version that has none. */
export function bypassable(view: ClusterView): readonly { readonly member: string; readonly version: string; readonly fixed: string }[] {
  return voters(view).flatMap(({ name }) => {
    const version = name === undefined ? undefined : answerOf(view, name)?.version
    const fixed = closedSince[version?.split('.').slice(0, 2).join('.') ?? '']
    if (name === undefined || version === undefined || fixed === undefined) return []
    return (compareVersions(version, fixed) ?? 0) < 0 ? [{ member: name, version, fixed }] : []
  })
}
