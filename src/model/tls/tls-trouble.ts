import { pinnedClusterId } from '../cluster/identity.ts'
import { clusterMode } from '../cluster/tls.ts'
import type { ClusterView } from '../cluster/view.ts'
import { preflight } from './preflight.ts'
import type { TlsProblem } from './problem.ts'
import { problemOf } from './source-problems.ts'
import { type Ca, caFacts, caSecretName, cas, neededNames, secretFacts, secretName, uses } from './uses.ts'

/** `isPending`: the operator is about to make it. */
export type TlsTrouble = TlsProblem & { readonly isPending?: true }

/**
 * Why no member may be given its certificates now: undefined when every Secret is there and fit. A pod without its Secrets doesn't start, and
 * one with broken ones trusts nobody, so no pod is made and no file names them before.
 */
export function tlsTrouble(view: ClusterView): TlsTrouble | undefined {
  for (const ca of cas) {
    const lost = caTrouble(view, ca)
    if (lost !== undefined) return lost
  }
  for (const use of uses) {
    const facts = secretFacts(view.tls, use)
    const secret = secretName(view.cluster, use)
    if (!facts.known) return bad(`Secret ${secret} could not be read: ${facts.why}`)
    if (facts.value.state === 'absent') return problemOf(view, use) ?? { ...bad(`Secret ${secret} does not exist yet`), isPending: true }
    if (facts.value.state !== 'ours') return bad(`Secret ${secret} is not of this EtcdCluster`)
    const expected = { secret, use, names: neededNames(view.cluster, use), dials: use === 'peer', now: view.now }
    const [problem] = preflight(facts.value.value, expected)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** What is wrong with a CA of the operator; undefined where it is whole, or where the first one is only about to be made. */
export function caTrouble(view: ClusterView, ca: Ca): TlsProblem | undefined {
  const facts = caFacts(view.tls, ca)
  const secret = caSecretName(view.cluster, ca)
  if (!facts.known) return bad(`Secret ${secret} could not be read: ${facts.why}`)
  if (facts.value.state === 'ours' && facts.value.value.state === 'broken') return facts.value.value.problem
  return isCaLost(view, ca) ? lostCa(secret) : undefined
}

/**
 * Whether a CA that the members trust is gone.
 *
 * Safety: a new CA in its place would be trusted by no member that runs, and whoever connects with certificates of the old one would be
 * locked out; a member that restarts would be cut off from the others. So once CAs were made no other ones are, until no member runs with
 * certificates any more.
 */
export function isCaLost(view: ClusterView, ca: Ca): boolean {
  const facts = caFacts(view.tls, ca)
  return facts.known && facts.value.state === 'absent' && view.cluster.status?.tls?.caGeneration !== undefined && isInUse(view)
}

/** Whether a member runs with certificates, or has run with them and may come back. A cluster that has no member yet has no use for old ones. */
function isInUse(view: ClusterView): boolean {
  const isFormed = pinnedClusterId(view) !== undefined
  return (isFormed && clusterMode(view) !== 'Off') || view.pods.some(({ ours, profile }) => ours && profile !== 'Off')
}

function lostCa(secret: string): TlsProblem {
  const message = `Secret ${secret}, which holds a CA of this cluster, was deleted: no certificate can be renewed, and the operator makes no new CA because no member and no client would trust it. Restore the Secret from a copy; without one, set spec.tls.mode to "Off" until every member runs in plain text, and then back, which makes new CAs`
  return { reason: 'CaLost', message }
}

function bad(message: string): TlsProblem {
  return { reason: 'BadSecret', message }
}
