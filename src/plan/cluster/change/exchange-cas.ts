import { annotation } from '../../../api/labels.ts'
import { needsSecrets } from '../../../model/cluster/tls.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { allServeNewest, askedExchange, changedSince, leavesOfOld, publishedSince } from '../../../model/tls/exchange.ts'
import { rotateAt } from '../../../model/tls/lifetimes.ts'
import { lacking, loadedByAll } from '../../../model/tls/loaded.ts'
import { isRevoking } from '../../../model/tls/revoking.ts'
import { type Ca, caFacts, caSecretName, cas, wholeCa } from '../../../model/tls/uses.ts'
import { staleMs } from '../../../model/tls/wanted.ts'
import { isHeldBack } from '../held-back.ts'
import { block, type Decision, step, wait } from '../step.ts'

/**
 * Exchanges a CA for its successor, which every member has trusted since it started: leaves of the successor are accepted at once, and no
 * member is restarted.
 *
 *   [current, next] -> exchange -> [old, current, next] -> no leaf of old is in use -> [current, next]
 *
 * The successor's successor is loaded at the next ordinary roll, and only then may the next exchange begin. Where the CA is revoked, the
 * members are restarted for it (`mustReload`), twice: the successor's key lay beside the revoked one.
 */
export function exchangeCas(view: ClusterView): Decision | undefined {
  if (!needsSecrets(view)) return undefined
  let waits: Decision | undefined
  for (const ca of cas) {
    const decision = retire(view, ca) ?? exchange(view, ca)
    if (decision?.kind === 'step') return decision
    waits ??= decision
  }
  return waits
}

function retire(view: ClusterView, ca: Ca): Decision | undefined {
  const facts = wholeCa(view.tls, ca)
  const uid = uidOf(view, ca)
  if (facts?.old === undefined || uid === undefined) return undefined
  const secret = caSecretName(view.cluster, ca)
  const inUse = leavesOfOld(view, ca, facts.old)
  const whose = ca === 'peer' ? 'the peers' : 'clients and servers'
  if (inUse.length > 0 || isHeldBack(view, secret)) return undefined
  // A revoked CA goes as soon as every member is seen to have its new certificate; one that doesn't tell gets the hour as well.
  if (view.now < changedSince(view, ca, facts) + staleMs && !(isRevoking(facts) && allServeNewest(view, ca))) return undefined
  // Safety: no leaf of it is in use, ours or a user's; whoever shows one has it from an old copy.
  return step('ExchangingCa', `the CA before of ${whose} is trusted no more: no certificate of it is in use`, {
    do: 'RetireCa',
    ca,
    secret,
    uid,
    old: facts.old.fingerprint,
  })
}

function exchange(view: ClusterView, ca: Ca): Decision | undefined {
  const facts = wholeCa(view.tls, ca)
  const uid = uidOf(view, ca)
  if (facts === undefined || uid === undefined || facts.old !== undefined) return undefined
  const asked = askedExchange(view.cluster, facts)
  const isOld = view.now >= rotateAt(view.cluster, facts.current)
  if (asked === undefined && !isOld) return undefined
  const secret = caSecretName(view.cluster, ca)
  const whose = ca === 'peer' ? 'the peers' : 'clients and servers'
  const why = asked === undefined ? 'a third of its life is left' : `the annotation ${annotation.rotateCa} asks for it`
  // Safety: the successor begins to issue only when every process that runs has been seen to trust it.
  const loaded = loadedByAll(view, ca, facts.next.fingerprint)
  if (loaded !== 'yes') {
    const members = lacking(view, ca, facts.next.fingerprint).join(', ')
    const message = `the CA of ${whose} is to be exchanged (${why}), and ${members} ${loaded === 'no' ? 'has not loaded' : 'does not tell whether it has loaded'} its successor`
    // For a revoked CA the members are restarted anyway, and what grows old has years left: the condition CertificatesValid tells.
    if (asked === undefined || isRevoking(facts)) return undefined
    return loaded === 'no' ? block('CaNotLoaded', `${message}: ${howToRestart(view)}`) : wait('ExchangingCa', message, 5000)
  }
  const since = publishedSince(view, ca, facts.next)
  // Clients read their ca.crt anew when they like; an hour is what they are given.
  if (since === undefined || (!isRevoking(facts, asked) && view.now < since + staleMs)) return undefined
  if (isHeldBack(view, secret)) return undefined
  const { current, next } = facts
  return step('ExchangingCa', `exchanging the CA of ${whose} for its successor: ${why}`, {
    ...{ do: 'ExchangeCa', ca, secret, uid },
    current: current.fingerprint,
    next: next.fingerprint,
    rotation: asked,
  })
}

function howToRestart({ cluster: { metadata } }: ClusterView): string {
  return `a restart loads it, for example kubectl -n ${metadata.namespace} annotate ec ${metadata.name} --overwrite ${annotation.restartedAt}="$(date)"`
}

function uidOf(view: ClusterView, ca: Ca): string | undefined {
  const facts = caFacts(view.tls, ca)
  return facts.known && facts.value.state === 'ours' && !facts.value.deleting ? facts.value.uid : undefined
}
