import type { Etcd } from '../../adapters/etcd/calls.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { ClusterView, PodFacts } from '../../model/cluster/view.ts'
import { type Known, unknown } from '../../model/known.ts'
import { credentialsOf, endpointOf, type MemberEndpoint, port, probeCredentialsOf } from '../../model/names.ts'
import type { MemberTls, PortTls, ServedCertificate, TlsFacts } from '../../model/tls/facts.ts'
import { type Ca, cas, ownSecret, wholeCa } from '../../model/tls/uses.ts'
import { attempt } from './members.ts'

/** A member answers a knock at once, or is given up until the next look; milliseconds. */
const knockMs = 1_000
/** Until what was not answered is asked again, or a leaf that its Secret has and its member not yet; milliseconds. */
const soonMs = 30_000
/** Until the certificate that is served is looked at again: how a process listens, and what it has loaded, lasts as long as it does. */
const rarelyMs = 10 * 60_000

type Seen = Pick<ClusterView, 'cluster' | 'pods' | 'answers'>

/** What earlier knocks have shown. Losing it costs a few connections to each member. */
export class TlsProbes {
  readonly #kept = new Map<string, Kept>()

  of(pod: PodFacts): Kept | undefined {
    const kept = this.#kept.get(pod.name)
    return kept?.process === processOf(pod) ? kept : undefined
  }

  keep(pod: PodFacts, kept: Omit<Kept, 'process'>): MemberTls {
    this.#kept.set(pod.name, { ...kept, process: processOf(pod) })
    return kept.facts
  }

  keepOnly(pods: readonly PodFacts[]): void {
    for (const name of this.#kept.keys()) if (!pods.some((pod) => pod.name === name)) this.#kept.delete(name)
  }
}

interface Kept {
  readonly process: string
  /** The CAs that were asked for. */
  readonly asked: string
  readonly facts: MemberTls
  readonly atMs: number
}

/** Of another process nothing follows: it listens as its own file says, and has loaded what was there when it began. */
function processOf({ uid, ip, etcd }: PodFacts): string {
  return `${uid} ${ip} ${etcd.state === 'running' ? etcd.since : ''}`
}

/**
 * Knocks at the ports of the members that have certificates: once for each process, and again for what was not answered. Only members that
 * have answered in this pass are asked, so that none of them holds it up. Plain members are asked nothing: every question to them is plain.
 */
export async function probeTls(
  etcd: Etcd,
  { cluster, pods, answers }: Seen,
  tls: TlsFacts,
  probes: TlsProbes,
  monotonicMs: number,
  signal: AbortSignal,
): Promise<TlsFacts['members']> {
  probes.keepOnly(pods)
  const asked = pods.filter((pod) => pod.ours && pod.profile !== 'Off' && pod.ip !== undefined && pod.etcd.state === 'running')
  const found = await Promise.all(
    asked.map(async (pod) => {
      const kept = probes.of(pod)
      const isHeard = answers.get(pod.name)?.known === true
      return [pod.name, isHeard ? await look(etcd, cluster, pod, tls, probes, monotonicMs, signal) : kept?.facts] as const
    }),
  )
  return new Map(found.flatMap(([name, facts]) => (facts === undefined ? [] : [[name, facts] as const])))
}

async function look(
  etcd: Etcd,
  cluster: EtcdCluster,
  pod: PodFacts,
  tls: TlsFacts,
  probes: TlsProbes,
  monotonicMs: number,
  signal: AbortSignal,
): Promise<MemberTls> {
  const asked = JSON.stringify(cas.map((ca) => fingerprints(tls, ca)))
  const kept = probes.of(pod)
  if (kept === undefined || kept.asked !== asked || (!isWhole(kept.facts) && monotonicMs - kept.atMs > soonMs)) {
    const [client, peer] = await Promise.all(cas.toReversed().map((ca) => knockAll(etcd, cluster, pod, tls, ca, signal)))
    if (client === undefined || peer === undefined) throw new Error('unreachable: two ports were asked')
    return probes.keep(pod, { asked, facts: { uid: pod.uid, client, peer }, atMs: monotonicMs })
  }
  if (monotonicMs - kept.atMs <= (showsItsSecrets(kept.facts, tls) ? rarelyMs : soonMs)) return kept.facts
  const [client, peer] = [await served(etcd, cluster, pod, 'client', signal), await served(etcd, cluster, pod, 'peer', signal)]
  const facts = { ...kept.facts, client: { ...kept.facts.client, served: client }, peer: { ...kept.facts.peer, served: peer } }
  return probes.keep(pod, { asked, facts, atMs: monotonicMs })
}

async function knockAll(etcd: Etcd, cluster: EtcdCluster, pod: PodFacts, tls: TlsFacts, ca: Ca, signal: AbortSignal): Promise<PortTls> {
  const options = { signal, deadlineMs: knockMs }
  const endpoint = portOf(cluster, pod, ca)
  const [plain, shown] = await Promise.all([attempt(() => etcd.answersPlain(endpoint, options)), served(etcd, cluster, pod, ca, signal)])
  const speaksTls = !shown.known || shown.value !== undefined
  const accepts = await Promise.all(
    fingerprints(tls, ca).map(async ([which, fingerprint]): Promise<readonly [string, Known<boolean>]> => {
      if (!speaksTls) return [fingerprint, unknown(`port ${endpoint.url} does not speak TLS`)]
      const credentials = probeCredentialsOf(cluster, ca, which)
      return [fingerprint, await attempt(() => etcd.acceptsCertificate({ ...endpoint, credentials }, options))]
    }),
  )
  return { plain, served: shown, accepts: new Map(accepts) }
}

function served(
  etcd: Etcd,
  cluster: EtcdCluster,
  pod: PodFacts,
  ca: Ca,
  signal: AbortSignal,
): Promise<Known<ServedCertificate | undefined>> {
  return attempt(() => etcd.servedCertificate(portOf(cluster, pod, ca), { signal, deadlineMs: knockMs }))
}

/** With the operator's own credentials for this port, which the member accepts. */
function portOf(cluster: EtcdCluster, pod: PodFacts, ca: Ca): MemberEndpoint {
  const credentials = ca === 'client' ? credentialsOf(cluster) : probeCredentialsOf(cluster, 'peer', 'current')
  return { url: endpointOf(cluster, { ip: pod.ip }, ca === 'client' ? port.client : port.peer).url, credentials }
}

/** The CAs of which the operator can show a certificate. */
function fingerprints(tls: TlsFacts, ca: Ca): readonly (readonly ['current' | 'next', string])[] {
  const facts = wholeCa(tls, ca)
  return facts === undefined
    ? []
    : [
        ['current', facts.current.fingerprint],
        ['next', facts.next.fingerprint],
      ]
}

/** Whether every question was answered; a port that speaks no TLS can't answer all of them. */
function isWhole({ client, peer }: MemberTls): boolean {
  return [client, peer].every(
    ({ plain, served, accepts }) =>
      plain.known && served.known && (served.value === undefined || [...accepts.values()].every((one) => one.known)),
  )
}

/** Whether each port that speaks TLS serves the certificate that its Secret has: the kubelet brings a new one within a minute or two. */
function showsItsSecrets({ client, peer }: MemberTls, tls: TlsFacts): boolean {
  const is = ({ served }: PortTls, leaf: string | undefined) =>
    leaf === undefined || (served.known && (served.value === undefined || served.value.fingerprint === leaf))
  return is(client, ownSecret(tls, 'server')?.leaf?.fingerprint) && is(peer, ownSecret(tls, 'peer')?.leaf?.fingerprint)
}
