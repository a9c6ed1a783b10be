import { membersToExchange, spareName } from '../../model/cluster/exchange.ts'
import { configOf, isHealthy, leaderOf, listed, voters } from '../../model/cluster/members.ts'
import { podTrouble } from '../../model/cluster/pod-trouble.ts'
import { joinBackoffMs, joinPatienceMs, unstartedLearner } from '../../model/cluster/scaling.ts'
import { nextProfile } from '../../model/cluster/tls.ts'
import type { ClusterView, ConfigEntry } from '../../model/cluster/view.ts'
import { peerScheme, peerUrl } from '../../model/names.ts'
import type { NamedMember } from '../../objects/etcd-config/config-file.ts'
import { type InitialState, initialPeers } from '../../objects/etcd-config/member-config.ts'
import { awaitHealthy } from './await-healthy.ts'
import { awaitOldVolume, clearOldVolume } from './old-volume.ts'
import { type Decision, step, wait } from './step.ts'

/**
 * Prepares these names, and adds the next of them as a learner. Per member:
 *
 *   old volume gone -> joining config -> MemberAdd as learner -> (finish) pod -> started -> config established -> promoted
 *
 * Where two may be learners at once the second pod is created a little after the first, and the second member added the
 * moment the first has started: two that bootstrap at the same moment would each wait seven seconds for the other's version.
 */
export function join(view: ClusterView, names: readonly string[], next: string): Decision | undefined {
  return clearOldVolume(view, names) ?? writeConfigs(view, names) ?? awaitOldVolume(view, names) ?? add(view, next)
}

/** Waits for the next try of the name that has to wait longest, because it failed to join. */
export function backOff(view: ClusterView): Decision {
  const [name, failed] = [...view.memory.failedJoins.entries()].toSorted(
    (a, b) => joinBackoffMs(view, b[0]) - joinBackoffMs(view, a[0]),
  )[0] ?? ['', { count: 0 }]
  const ms = Math.max(1000, joinBackoffMs(view, name))
  // Its pod was kept, so it shows the cause as long as that lasts.
  const trouble = podTrouble(view, name)
  const why = trouble === undefined ? '' : `. ${trouble.message}`
  const times = failed.count === 1 ? 'once' : `${failed.count} times`
  return wait('MemberNotStarting', `${name} failed to join ${times}; next try in ${Math.ceil(ms / 1000)} s${why}`, ms, {
    member: name,
    next: 'AddLearner',
    patienceMs: joinPatienceMs(view, name),
  })
}

/** The config of a joining member holds the member list as it will be after that member has been added. */
function writeConfigs(view: ClusterView, names: readonly string[]): Decision | undefined {
  const inList = listed(view).flatMap((member) => member.name ?? [])
  const wanted = new Map(names.map((name, index) => [name, [...inList, ...names.slice(0, index + 1)]]))
  const stale = [...wanted].filter(([name, members]) => {
    const entry = configOf(view, name)
    return entry?.profile !== nextProfile(view) || !joinsExactly(entry, initialPeers(view, members))
  })
  if (stale.length === 0) return undefined
  const write: Record<string, InitialState> = Object.fromEntries(stale.map(([name, members]) => [name, { state: 'joining', members }]))
  return step('ScalingUp', `writing the config with which ${stale.map(([name]) => name).join(' and ')} will join`, {
    do: 'WriteConfig',
    write,
    remove: [],
  })
}

/** Whether the file lets its member join exactly these members, in whatever order. */
export function joinsExactly({ state, members, peerUrls }: ConfigEntry, wanted: readonly NamedMember[]): boolean {
  const has = new Map(members.map((name, index) => [name, peerUrls[index]]))
  return state === 'joining' && members.length === wanted.length && wanted.every(({ name, peerUrl: url }) => has.get(name) === url)
}

function add(view: ClusterView, next: string): Decision | undefined {
  if (unstartedLearner(view) !== undefined) return undefined
  if (leaderOf(view) === undefined) return wait('StartingMembers', 'waiting for a leader', 500, { next: 'AddLearner' })
  const sick = voters(view).find((member) => !isHealthy(view, member))
  if (sick !== undefined) return awaitHealthy(view, sick, { next: 'AddLearner', until: '; members are added when all answer' })
  const refused = podTrouble(view, next)
  if (refused?.reason === 'QuotaExceeded') return wait(refused.reason, refused.message, 5000, { member: next, next: 'AddLearner' })
  // Safety: all voters are healthy, a learner carries no vote, and none that has not started is listed beside it.
  const isSpare = next === spareName(view)
  return step(isSpare ? 'ExchangingMember' : 'ScalingUp', `adding ${next} as a learner${isSpare ? inPlaceOf(view) : ''}`, {
    do: 'AddLearner',
    member: next,
    peerUrl: peerUrl(view.cluster, next, peerScheme(nextProfile(view))),
  })
}

function inPlaceOf(view: ClusterView): string {
  const [exchanged] = membersToExchange(view)
  return exchanged === undefined ? '' : `, a spare while ${exchanged.name} (${exchanged.id}) is exchanged`
}
