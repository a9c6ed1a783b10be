import type { Etcd } from '../../adapters/etcd/calls.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { rootName } from '../../model/cluster/auth.ts'
import { type AuthFacts, type AuthSeen, nobodyAsks, type UserFacts } from '../../model/cluster/auth-facts.ts'
import { leaderOf, podOf } from '../../model/cluster/members.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { type Known, known, unknown } from '../../model/known.ts'
import { messageOf } from '../../model/message-of.ts'
import { endpointOf, type MemberEndpoint } from '../../model/names.ts'
import { etcdUserOf } from '../../model/user/names.ts'
import type { Caches } from '../watches/caches.ts'

/** What was asked last; while etcd's auth revision is the same, nothing of it has changed. Losing it costs a few calls. */
export interface RememberedAuth {
  readonly revision: string
  readonly seen: AuthSeen
  /** When all of it was asked, and when etcd last said that it is still so; on the monotonic clock, milliseconds. */
  readonly at: number
  readonly heardAt: number
}

/** The proof that authentication is in force is made again after this time. */
const proofMs = 60_000
/** What etcd said counts for so long where it is late with an answer now. */
const freshMs = 30_000
const askMs = 2000

type Seen = Pick<ClusterView, 'cluster' | 'pods' | 'answers' | 'membership'>

export async function authFacts(
  etcd: Etcd,
  caches: Pick<Caches, 'users'>,
  seen: Seen,
  last: { auth: RememberedAuth | undefined },
  monotonicMs: number,
  signal: AbortSignal,
): Promise<AuthFacts> {
  const users = usersOf(caches, seen.cluster)
  return { users, etcd: await askEtcd(etcd, seen, users, last, monotonicMs, signal) }
}

function usersOf(caches: Pick<Caches, 'users'>, { metadata: { namespace, name, uid } }: EtcdCluster): readonly UserFacts[] {
  return caches.users.ofCluster(namespace, name).flatMap((user) => {
    if (user.metadata.deletionTimestamp !== undefined) return []
    const { claim, observedGeneration, conditions = [] } = user.status ?? {}
    const ready = conditions.find(({ type }) => type === 'Ready')
    const isCurrent = observedGeneration === user.metadata.generation && claim?.clusterUID === uid
    const isReady = isCurrent && ready?.status === 'True'
    const why = isReady ? '' : (ready?.message ?? 'it was not looked at yet')
    return [{ name: user.metadata.name, user: etcdUserOf(user), isClaimed: claim?.clusterUID === uid, isReady, why }]
  })
}

/** Asks the leader. Where nothing of it matters, and a client without a name was let in, nothing is asked. */
async function askEtcd(
  etcd: Etcd,
  { cluster, pods, answers, membership }: Seen,
  users: readonly UserFacts[],
  last: { auth: RememberedAuth | undefined },
  monotonicMs: number,
  signal: AbortSignal,
): Promise<Known<AuthSeen>> {
  if (!membership.known) return unknown(membership.why)
  const isTls = pods.some(({ clientScheme }) => clientScheme === 'https')
  if (!isTls && !cluster.spec.auth.enabled && users.length === 0) return known(nobodyAsks)
  const leader = leaderOf({ answers, membership })?.name
  const pod = leader === undefined ? undefined : podOf({ pods }, leader)
  if (pod?.ip === undefined) return unknown('there is no leader to ask')
  const endpoint = endpointOf(cluster, pod)
  const options = { signal, deadlineMs: askMs }
  try {
    const { enabled, revision } = await etcd.authStatus(endpoint, options)
    const before = last.auth
    const isSame = before !== undefined && before.revision === revision && before.seen.enabled === enabled
    if (isSame && monotonicMs - before.at < proofMs) {
      last.auth = { ...before, heardAt: monotonicMs }
      return known(before.seen)
    }
    const [names, roles, ofRoot, nobody] = await Promise.all([
      etcd.users(endpoint, options),
      etcd.roles(endpoint, options),
      etcd.rolesOf(endpoint, rootName, options),
      enabled ? readAsNobody(etcd, endpoint, signal) : unknown('authentication is off'),
    ])
    const root = ofRoot === undefined ? 'absent' : ofRoot.includes(rootName) ? 'ready' : 'without-role'
    const answer: AuthSeen = { enabled, root, users: names, roles, nobody }
    // A proof that could not be made is tried again in the next pass.
    last.auth = !enabled || nobody.known ? { revision, seen: answer, at: monotonicMs, heardAt: monotonicMs } : undefined
    return known(answer)
  } catch (error) {
    signal.throwIfAborted()
    // Before a step nothing is remembered, so that none rests on this.
    if (last.auth !== undefined && monotonicMs - last.auth.heardAt < freshMs) return known(last.auth.seen)
    return unknown(messageOf(error))
  }
}

/** With a certificate of the same CA that names nobody. */
async function readAsNobody(etcd: Etcd, { url, credentials }: MemberEndpoint, signal: AbortSignal): Promise<AuthSeen['nobody']> {
  if (credentials === undefined) return unknown('the members do not speak TLS')
  try {
    return known(await etcd.canRead({ url, credentials: `${credentials}#nobody` }, { signal, deadlineMs: askMs }))
  } catch (error) {
    return unknown(messageOf(error))
  }
}
