import type { ClusterView, PodFacts } from '../../model/cluster/view.ts'
import type { PortTls } from '../../model/tls/facts.ts'
import type { Verdict } from '../verdict.ts'

/**
 * Whether nobody gets an answer without TLS, as the members' processes have shown it on the wire; what the spec asks for proves nothing. A
 * process that isn't ready yet has to show nothing, but counts as soon as it answers in plain text.
 */
export function encrypted(view: ClusterView): Verdict {
  const running = view.pods.filter(({ ours, etcd }) => ours && etcd.state === 'running')
  const plain = running.filter(({ profile }) => profile === 'Off')
  if (plain.length > 0) return no('PlainText', `${namesOf(plain)} ${plain.length === 1 ? 'speaks' : 'speak'} in plain text`)
  const open = running.filter((pod) => answersPlain(probed(view, pod)?.client))
  if (open.length > 0) return no('Optional', `port 2379 of ${namesOf(open)} takes clients without TLS as well`)
  const openPeers = running.filter((pod) => answersPlain(probed(view, pod)?.peer))
  if (openPeers.length > 0)
    return no('PeersPlain', `port 2380 of ${namesOf(openPeers)} answers without TLS, and members send each other all data`)
  const ready = running.filter((pod) => pod.ready)
  if (ready.length === 0) return { status: 'Unknown', reason: 'NotObserved', message: 'no member is ready, so that none could be asked' }
  const doubt = ready.map((pod) => doubtOf(view, pod)).find((one) => one !== undefined)
  if (doubt !== undefined) return { status: 'Unknown', reason: 'NotObserved', message: doubt }
  return { status: 'True', reason: 'TlsOnly', message: `ports 2379 and 2380 of ${namesOf(ready)} refuse whoever speaks no TLS` }
}

function no(reason: 'PlainText' | 'Optional' | 'PeersPlain', message: string): Verdict {
  return { status: 'False', reason, message }
}

function probed({ tls }: ClusterView, { name, uid }: PodFacts) {
  const facts = tls.members.get(name)
  return facts?.uid === uid ? facts : undefined
}

function answersPlain(port: PortTls | undefined): boolean {
  return port?.plain.known === true && port.plain.value
}

/** What is missing for the proof. */
function doubtOf(view: ClusterView, pod: PodFacts): string | undefined {
  const facts = probed(view, pod)
  if (facts === undefined) return `${pod.name} has not been asked yet how it listens`
  for (const [at, { plain, served }] of [
    [2379, facts.client],
    [2380, facts.peer],
  ] as const) {
    if (!plain.known) return `port ${at} of ${pod.name} does not show whether it answers without TLS: ${plain.why}`
    if (!served.known) return `port ${at} of ${pod.name} does not show its certificate: ${served.why}`
    if (served.value === undefined) return `port ${at} of ${pod.name} shows no certificate`
  }
  return undefined
}

function namesOf(pods: readonly PodFacts[]): string {
  return pods.map(({ name }) => name).join(', ')
}
