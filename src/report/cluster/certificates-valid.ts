import { needsSecrets } from '../../model/cluster/tls.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import { dueExchange, holdersOfOld, publishedSince } from '../../model/tls/exchange.ts'
import { reloadAt, renewAt } from '../../model/tls/lifetimes.ts'
import { lacking, loadedByAll } from '../../model/tls/loaded.ts'
import { nextExpiry, ownLeaves, type ServesLate, servedLate } from '../../model/tls/next-renewal.ts'
import { isRevoking } from '../../model/tls/revoking.ts'
import { sourceProblems } from '../../model/tls/source-problems.ts'
import { tlsTrouble } from '../../model/tls/tls-trouble.ts'
import { type Ca, cas, wholeCa } from '../../model/tls/uses.ts'
import { staleMs } from '../../model/tls/wanted.ts'
import type { Verdict } from '../verdict.ts'

/** A leaf that is due for renewal is renewed within minutes; after this time, milliseconds, something keeps the operator from it. */
const overdueMs = 30 * 60_000

/** A certificate that is served and ends within this time, although a new one is there, milliseconds. */
const endingMs = 7 * 24 * 3600_000

/** Whether what the members show and trust is fit, and stays so. */
export function certificatesValid(view: ClusterView): Verdict {
  if (!needsSecrets(view)) return { status: 'Unknown', reason: 'PlainText', message: 'the members have no certificates' }
  const unread = [view.tls.peerTls, view.tls.serverTls, view.tls.client].find(({ known }) => !known)
  if (unread?.known === false) return { status: 'Unknown', reason: 'NotObserved', message: unread.why }
  const trouble = tlsTrouble(view) ?? sourceProblems(view)[0]
  if (trouble !== undefined) {
    const { reason, message } = trouble
    return {
      status: 'False',
      reason: reason === 'Expired' ? 'Expired' : 'BadSecret',
      message: reason === 'BadSecret' ? message : `${reason}: ${message}`,
    }
  }
  const late = servedLate(view)
  const expired = late.find(({ served }) => view.now >= served.notAfter)
  if (expired !== undefined)
    return {
      status: 'False',
      reason: 'Expired',
      message: `${lateInWords(expired)}, which has expired: nobody can begin a connection to it`,
    }
  const expiry = nextExpiry(view)
  const until = expiry === undefined ? '' : ` until ${rfc3339(expiry)}`
  if (ownLeaves(view.tls).some((leaf) => view.now > renewAt(leaf) + overdueMs))
    return { status: 'True', reason: 'ExpiringSoon', message: `a certificate that should have been renewed is valid${until}` }
  // A kubelet takes a minute or two to bring a new one; a third of a life was left when the new one was made.
  const ending = late.find(({ served }) => view.now > served.notAfter - endingMs)
  if (ending !== undefined) return { status: 'True', reason: 'ExpiringSoon', message: lateInWords(ending) }
  const behind = cas.flatMap((ca) => notLoaded(view, ca) ?? [])[0]
  if (behind !== undefined) return { status: 'True', reason: 'CaNotLoaded', message: behind }
  const plans = cas.flatMap((ca) => exchangeInWords(view, ca) ?? [])
  return { status: 'True', reason: 'Valid', message: [`every certificate is valid${until}`, ...plans].join('; ') }
}

/** Names the node, whose kubelet is what a person has to look at. */
function lateInWords({ pod, ca, served }: ServesLate): string {
  const port = ca === 'peer' ? 2380 : 2379
  const node = pod.node === undefined ? '' : `; its node ${pod.node} has not brought the new one of the Secret`
  return `port ${port} of ${pod.name} still serves the certificate that is valid until ${rfc3339(served.notAfter)}${node}`
}

/** The exchange of a CA that is due waits for a restart. */
function notLoaded(view: ClusterView, ca: Ca): string | undefined {
  const facts = wholeCa(view.tls, ca)
  const due = facts && dueExchange(view, facts)
  if (facts === undefined || due === undefined) return undefined
  if (loadedByAll(view, ca, facts.next.fingerprint) !== 'no') return undefined
  const members = lacking(view, ca, facts.next.fingerprint).join(', ')
  const restart = due.mayRestart
    ? 'the operator restarts one after the other for it'
    : `the next restart does, and from ${rfc3339(reloadAt(view.cluster, facts.current))} on the operator restarts who was not`
  return `the CA of the ${ca}s is due to be exchanged, and ${members} has not loaded its successor: ${restart}`
}

/** When a CA that is to be exchanged will be, or when the one before stops being trusted. */
function exchangeInWords(view: ClusterView, ca: Ca): string | undefined {
  const facts = wholeCa(view.tls, ca)
  if (facts?.old !== undefined) {
    const holders = holdersOfOld(view, ca, facts, facts.old)
    const because = holders.length > 0 ? `, and while ${holders.join(', ')} shows a certificate of it` : ''
    return `the CA before of the ${ca}s is trusted until ${rfc3339(facts.since + staleMs)} at least${because}`
  }
  const due = facts && dueExchange(view, facts)
  if (facts === undefined || due === undefined) return undefined
  const since = publishedSince(view, ca, facts.next)
  if (since === undefined) return undefined
  const isWaiting = view.now < since + staleMs && !isRevoking(facts, due.rotation)
  const when = isWaiting ? `at ${rfc3339(since + staleMs)}` : 'as soon as every member is seen to trust its successor'
  return `the CA of the ${ca}s is exchanged ${when}`
}
