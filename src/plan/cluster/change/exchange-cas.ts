import { annotation } from '../../../api/labels.ts'
import { needsSecrets } from '../../../model/cluster/tls.ts'
import { restartWaitsForWindow } from '../../../model/cluster/turns.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { allServeNewest, changedSince, dueExchange, holdersOfOld, publishedSince } from '../../../model/tls/exchange.ts'
import { lacking, loadedByAll } from '../../../model/tls/loaded.ts'
import { isForgotten, mustReload } from '../../../model/tls/must-reload.ts'
import { isRevoking, revoke, revoked } from '../../../model/tls/revoking.ts'
import { type Ca, caFacts, caSecretName, cas, type WholeCa, wholeCa } from '../../../model/tls/uses.ts'
import { staleMs } from '../../../model/tls/wanted.ts'
import { isHeldBack } from '../held-back.ts'
import { type Decision, step, wait } from '../step.ts'

/**
 * Exchanges a CA for its successor, which every member has trusted since it started: leaves of the successor are accepted at once, and no
 * member is restarted.
 *
 *   [current, next] -> exchange -> [old, current, next] -> no leaf of old is in use -> [current, next]
 *
 * The successor's successor is loaded at the next restart, and only then may the next exchange begin: members that nothing else restarts
 * meanwhile are restarted for it by the roll (`mustReload`). Where the CA is revoked they are restarted twice, so that no process trusts it
 * any more: the successor's key lay beside the revoked one.
 */
export function exchangeCas(view: ClusterView): Decision | undefined {
  if (!needsSecrets(view)) return undefined
  let waits: Decision | undefined
  for (const ca of cas) {
    const decision = retire(view, ca) ?? note(view, ca) ?? exchange(view, ca)
    if (decision?.kind === 'step') return decision
    waits ??= decision
  }
  return waits
}

/** Tells who keeps a CA trusted that should be trusted no more by now, when nothing else is to be done. */
export function awaitOldCas(view: ClusterView): Decision | undefined {
  if (!needsSecrets(view)) return undefined
  for (const ca of cas) {
    const facts = wholeCa(view.tls, ca)
    if (facts?.old === undefined || view.now < changedSince(view, ca, facts) + staleMs) continue
    const holders = holdersOfOld(view, ca, facts, facts.old)
    if (holders.length === 0) continue
    return wait(
      'ExchangingCa',
      `the CA before of ${whose(ca)} is still trusted, because ${holders.join(', ')} shows a certificate of it`,
      5000,
    )
  }
  return undefined
}

function retire(view: ClusterView, ca: Ca): Decision | undefined {
  const facts = wholeCa(view.tls, ca)
  const uid = uidOf(view, ca)
  if (facts?.old === undefined || uid === undefined) return undefined
  const secret = caSecretName(view.cluster, ca)
  if (holdersOfOld(view, ca, facts, facts.old).length > 0 || isHeldBack(view, secret)) return undefined
  // A revoked CA goes as soon as every member is seen to have its new certificate; one that doesn't tell gets the hour as well.
  if (view.now < changedSince(view, ca, facts) + staleMs && !(isRevoking(facts) && allServeNewest(view, ca))) return undefined
  // Safety: no leaf of it is in use, ours or a user's; whoever shows one has it from an old copy.
  return step('ExchangingCa', `the CA before of ${whose(ca)} is trusted no more: no certificate of it is in use`, {
    do: 'RetireCa',
    ca,
    secret,
    uid,
    old: facts.old.fingerprint,
  })
}

/** A revocation that is over is noted, and forgotten with its annotation: so another one may be asked for, and an exchange for age restarts nobody. */
function note(view: ClusterView, ca: Ca): Decision | undefined {
  const facts = wholeCa(view.tls, ca)
  const uid = uidOf(view, ca)
  const secret = caSecretName(view.cluster, ca)
  if (facts === undefined || uid === undefined || isHeldBack(view, secret)) return undefined
  const about = { do: 'NoteRotation', ca, secret, uid } as const
  // Safety: no process was made before the revoked CAs had left the mounted file, so that none of them trusts one.
  if (isForgotten(view, ca))
    return step('ExchangingCa', `no process trusts the revoked CA of ${whose(ca)} any more`, { ...about, rotation: revoked })
  const isAsked = view.cluster.metadata.annotations?.[annotation.rotateCa] === revoke
  if (facts.rotation !== revoked || isAsked) return undefined
  return step('ExchangingCa', `the CA of ${whose(ca)} may be revoked again`, { ...about, rotation: '' })
}

function exchange(view: ClusterView, ca: Ca): Decision | undefined {
  const facts = wholeCa(view.tls, ca)
  const uid = uidOf(view, ca)
  if (facts === undefined || uid === undefined || facts.old !== undefined) return undefined
  const due = dueExchange(view, facts)
  if (due === undefined) return undefined
  // Safety: the successor begins to issue only when every process that runs has been seen to trust it.
  if (loadedByAll(view, ca, facts.next.fingerprint) !== 'yes') {
    const isTold = due.mayRestart && !waitsForWindow(view)
    return isTold ? wait('ExchangingCa', whatLacks(view, ca, facts, due.why), 5000) : undefined
  }
  const since = publishedSince(view, ca, facts.next)
  // Clients read their ca.crt anew when they like; an hour is what they are given.
  if (since === undefined || (!isRevoking(facts, due.rotation) && view.now < since + staleMs)) return undefined
  const secret = caSecretName(view.cluster, ca)
  if (isHeldBack(view, secret)) return undefined
  const { current, next } = facts
  return step('ExchangingCa', `exchanging the CA of ${whose(ca)} for its successor: ${due.why}`, {
    ...{ do: 'ExchangeCa', ca, secret, uid },
    current: current.fingerprint,
    next: next.fingerprint,
    rotation: due.rotation,
  })
}

/** Then the roll says so, and until when. */
function waitsForWindow(view: ClusterView): boolean {
  return view.pods.some((pod) => pod.ours && mustReload(view, pod) && restartWaitsForWindow(view, pod))
}

/** The roll restarts who was seen without the successor; who does not tell is waited for. */
function whatLacks(view: ClusterView, ca: Ca, { next }: WholeCa, why: string): string {
  const members = lacking(view, ca, next.fingerprint).join(', ')
  const { name, namespace } = view.cluster.metadata
  return `the CA of ${whose(ca)} is to be exchanged (${why}), and ${members} is not seen to trust its successor: the operator restarts a member that has not loaded it as soon as all members serve, and asks one that does not answer again (to restart them all: kubectl -n ${namespace} annotate ec ${name} --overwrite ${annotation.restartedAt}="$(date)")`
}

function whose(ca: Ca): string {
  return ca === 'peer' ? 'the peers' : 'clients and servers'
}

function uidOf(view: ClusterView, ca: Ca): string | undefined {
  const facts = caFacts(view.tls, ca)
  return facts.known && facts.value.state === 'ours' && !facts.value.deleting ? facts.value.uid : undefined
}
