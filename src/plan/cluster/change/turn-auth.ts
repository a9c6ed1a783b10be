import { asksWhoClientsAre, isSwitchedOn } from '../../../model/cluster/auth.ts'
import { leaderOf } from '../../../model/cluster/members.ts'
import { clusterMode, wishedMode } from '../../../model/cluster/tls.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision, step, wait } from '../step.ts'

/**
 * etcd's authentication, on and off:
 *
 *   user root, with a password that nobody knows -> role root -> every EtcdUser is there -> on -> proved
 *
 * The operator needs no password: its certificate names root. Each part is seen in etcd, so a crash anywhere is an ordinary start.
 */
export function turnAuthOn(view: ClusterView): Decision | undefined {
  const { cluster, auth } = view
  if (!cluster.spec.auth.enabled || !auth.etcd.known || auth.etcd.value.enabled || speaksPlain(view) !== undefined) return undefined
  // The roll that brings it is held up by something, or waits for its window.
  if (!asksWhoClientsAre(view)) return undefined
  const leader = leaderOf(view)
  if (leader?.name === undefined) return undefined
  const asked = { member: leader.name, id: leader.id }
  const { root } = auth.etcd.value
  if (root !== 'ready') {
    const what =
      root === 'absent'
        ? 'making user root, with a password that nobody knows, and giving it the role root'
        : 'giving user root the role root'
    return step('SwitchingAuth', what, { do: 'PrepareRoot', ...asked, isThere: root !== 'absent' })
  }
  if (auth.users.some(({ isReady }) => !isReady)) return undefined
  // Safety: root exists, so that etcd can be administered; every member asks for certificates, and the operator's names root. Every EtcdUser
  // has its user in etcd.
  return step('SwitchingAuth', `switching authentication on, with ${count(auth.users.length)}`, { do: 'EnableAuth', ...asked })
}

/** Before a roll: the operator's certificate names root only where TLS is spoken and certificates are asked for. */
export function turnAuthOff(view: ClusterView): Decision | undefined {
  const { cluster, auth } = view
  if (cluster.spec.auth.enabled || !isSwitchedOn(view)) return undefined
  if (!auth.etcd.known)
    return wait('NotAnswered', `etcd does not say whether authentication is off, as spec.auth.enabled asks for: ${auth.etcd.why}`, 2000)
  if (!auth.etcd.value.enabled) return undefined
  const leader = leaderOf(view)
  if (leader?.name === undefined) return undefined
  // Safety: spec.auth.enabled is false, read live, and it was the operator that switched authentication on.
  return step('SwitchingAuth', 'switching authentication off, as spec.auth.enabled asks for', {
    do: 'DisableAuth',
    member: leader.name,
    id: leader.id,
  })
}

/** Why authentication that is asked for is not on yet, or not proved; nothing waits behind it. */
export function awaitAuth(view: ClusterView): Decision | undefined {
  const { cluster, auth } = view
  if (!cluster.spec.auth.enabled) return undefined
  const plain = speaksPlain(view)
  if (plain !== undefined) {
    // The roll says how far it is, or which maintenance window it waits for.
    return wishedMode(view) === 'Required' && cluster.spec.tls.clientCertificates === 'Required' ? undefined : block('AuthNeedsTls', plain)
  }
  if (!auth.etcd.known) {
    // Once it is on, the condition Authenticated says that etcd is late; its members may well serve.
    if (isSwitchedOn(view)) return undefined
    return wait('NotAnswered', `etcd does not say whether authentication is on: ${auth.etcd.why}`, 2000)
  }
  const { enabled, nobody } = auth.etcd.value
  if (enabled) {
    if (!nobody.known || nobody.value === 'refused') return undefined
    return block(
      'AuthNotEnforced',
      'authentication is on, and a client whose certificate names nobody could read a key all the same; no client should be trusted with secrets here',
    )
  }
  if (!asksWhoClientsAre(view)) return undefined
  const missing = auth.users.filter(({ isReady }) => !isReady)
  if (missing.length === 0) return undefined
  const first = missing.slice(0, 3).map(({ name, why }) => `EtcdUser ${name} (${why})`)
  const more = missing.length > first.length ? ` and ${missing.length - first.length} more` : ''
  return wait(
    'AwaitingUsers',
    `authentication is switched on once every EtcdUser of the cluster is ready, because its clients would be refused; waiting for ${first.join(', ')}${more}: correct or delete what can't become ready`,
    2000,
  )
}

/** The schema refuses a spec that says so; a cluster whose spec names no mode may run without TLS. */
function speaksPlain(view: ClusterView): string | undefined {
  const mode = clusterMode(view)
  const { clientCertificates } = view.cluster.spec.tls
  if (mode === 'Required' && clientCertificates === 'Required') return undefined
  return `spec.auth.enabled needs members that all speak TLS and ask clients for certificates, and they run in mode ${mode} with client certificates ${clientCertificates}: set spec.tls.mode and spec.tls.clientCertificates to Required, or spec.auth.enabled to false`
}

function count(users: number): string {
  return users === 1 ? '1 EtcdUser' : `${users} EtcdUsers`
}
