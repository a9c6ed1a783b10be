import { annotation } from '../../api/labels.ts'
import { pinnedClusterId } from '../cluster/identity.ts'
import type { ClusterView } from '../cluster/view.ts'
import type { SourceFacts } from './facts.ts'
import { loadedByAll } from './loaded.ts'
import { preflight } from './preflight.ts'
import type { TlsProblem } from './problem.ts'
import { caOf, neededNames, ownSecret, sourceId, sourceOf, type Use, uses } from './uses.ts'

/**
 * Why Secrets of somebody else are not taken over as they are now. The last good copy of each stays, so that nobody is cut off by a mistake
 * in a Secret.
 */
export function sourceProblems(view: ClusterView): readonly TlsProblem[] {
  return [...uses.flatMap((use) => problemOf(view, use) ?? []), ...(clientCaProblem(view) ?? [])]
}

/** The first problem of the Secret that this use is copied from, and the way out; undefined where there is none. */
export function problemOf(view: ClusterView, use: Use): TlsProblem | undefined {
  const source = sourceOf(view.tls, use)
  const problem = source && firstProblem(view, use, source)
  return problem && withWayOut(view, source, use, problem)
}

function firstProblem(view: ClusterView, use: Use, source: SourceFacts): TlsProblem | undefined {
  const unread = unreadable(source)
  if (unread !== undefined || !source.found.known || source.found.value === 'absent') return unread
  const { facts, version } = source.found.value
  const expected = { secret: source.secret, use, names: neededNames(view.cluster, use), dials: false, now: view.now }
  const [problem] = preflight(facts, expected)
  if (problem !== undefined) return problem
  const own = ownSecret(view.tls, use)
  const issuer = facts.leaf?.issuer
  if (own?.leaf === undefined || own.copyOf === sourceId(source, version) || use === 'server' || issuer === own.leaf.issuer)
    return undefined
  if (issuer === undefined || loadedByAll(view, caOf(use), issuer) === 'yes') return undefined
  const { name, namespace } = view.cluster.metadata
  const restart = `kubectl -n ${namespace} annotate ec ${name} --overwrite ${annotation.restartedAt}="$(date)"`
  const message = `Secret ${source.secret} holds a certificate of a CA that members which run have not loaded: a restart loads it (${restart}), and then the certificate is taken over`
  return { reason: 'CaNotLoaded', message }
}

function clientCaProblem(view: ClusterView): readonly TlsProblem[] {
  const { sources } = view.tls
  if (sources.from === 'operator' || sources.clientCa === undefined) return []
  const { secret, found } = sources.clientCa
  const unread = unreadable(sources.clientCa)
  const told = (problem: TlsProblem) => [withWayOut(view, sources.clientCa, 'clientCA', problem)]
  if (unread !== undefined) return told(unread)
  if (!found.known || found.value === 'absent' || found.value.facts.bundle.length > 0) return []
  return told({ reason: 'BadSecret', message: `ca.crt of Secret ${secret} holds no certificate that can be read` })
}

/** What a person can do, and what the members do meanwhile. */
function withWayOut(
  view: ClusterView,
  source: SourceFacts | undefined,
  field: Use | 'clientCA',
  { reason, message }: TlsProblem,
): TlsProblem {
  const { name, namespace } = view.cluster.metadata
  if (source === undefined || reason === 'CaNotLoaded') return { reason, message }
  const hasBegun = pinnedClusterId(view) !== undefined
  const mend =
    source.request === undefined
      ? `${isAbsent(source) ? 'create' : 'mend'} Secret ${source.secret}, or take spec.tls.secrets.${field} out of the spec, and the operator's own CA issues the certificate`
      : `kubectl -n ${namespace} describe certificate tells more; without spec.tls.issuer the operator's own CA issues the certificate`
  const meanwhile = hasBegun
    ? `the members keep what they have, and the Secret is read again within ten minutes, or at once after kubectl -n ${namespace} annotate ec ${name} --overwrite ${annotation.refresh}="$(date)"`
    : 'the cluster begins as soon as the Secret is fit'
  return { reason, message: `${message}: ${mend}; ${meanwhile}` }
}

function isAbsent({ found }: SourceFacts): boolean {
  return found.known && found.value === 'absent'
}

function unreadable({ secret, found, request }: SourceFacts): TlsProblem | undefined {
  if (request?.known === false) return { reason: 'BadSecret', message: request.why }
  if (!found.known) return { reason: 'BadSecret', message: `Secret ${secret} could not be read: ${found.why}` }
  if (found.value !== 'absent') return undefined
  const asked = request?.value.state === 'ours' ? request.value.value : undefined
  const words = asked?.message ? `: cert-manager says: ${asked.message}` : ''
  return {
    reason: 'BadSecret',
    message: request ? `cert-manager has not filled Secret ${secret} yet${words}` : `Secret ${secret} does not exist`,
  }
}
