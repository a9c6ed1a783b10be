import type { ClusterView, PodFacts } from '../cluster/view.ts'
import { type Ca, ownSecret, type WholeCa } from './uses.ts'

/**
 * Whether a process trusts a CA. etcd reads its CAs once, at its start, so neither the Secret nor the mounted file tells: only the process
 * itself does, which accepts a certificate of that CA or refuses it.
 */
export type Loaded = 'yes' | 'no' | 'unknown'

/**
 * Whether every process that runs with certificates has loaded this CA. A process that doesn't answer counts as one that may run on with
 * what it has: an established connection hides that a CA is missing, until a member is restarted and is cut off.
 */
export function loadedByAll(view: ClusterView, ca: Ca, fingerprint: string): Loaded {
  const each = withCertificates(view).map((pod) => loadedBy(view, pod, ca, fingerprint))
  if (each.includes('no')) return 'no'
  return each.includes('unknown') ? 'unknown' : 'yes'
}

/** The pods whose process has not loaded it, or doesn't tell. */
export function lacking(view: ClusterView, ca: Ca, fingerprint: string): readonly string[] {
  return withCertificates(view).flatMap((pod) => (loadedBy(view, pod, ca, fingerprint) === 'yes' ? [] : [pod.name]))
}

/** The pods of members that run, or may run, with certificates. */
export function withCertificates(view: ClusterView): readonly PodFacts[] {
  return view.pods.filter((pod) => pod.ours && pod.profile !== 'Off' && pod.etcd.state === 'running')
}

export function loadedBy(view: ClusterView, pod: PodFacts, ca: Ca, fingerprint: string): Loaded {
  const probed = view.tls.members.get(pod.name)
  const accepts = probed?.uid === pod.uid ? probed[ca].accepts.get(fingerprint) : undefined
  if (accepts?.known) return accepts.value ? 'yes' : 'no'
  if (wasThereAtStart(view, pod, ca, fingerprint)) return 'yes'
  // Nobody but its owner can show a certificate of somebody else's CA, so nobody can ask.
  return accepts === undefined ? 'no' : 'unknown'
}

/**
 * Whether the process was seen to run without the successor, so that only a restart helps. One that was not asked, or did not answer, was not
 * seen so, nor one that refuses certificates of the CA of today as well: that has another cause, such as a clock, which no restart mends. One
 * whose port speaks no TLS can't be asked, and has what its pod began with.
 */
export function isSeenWithout(view: ClusterView, pod: PodFacts, ca: Ca, { current, next: { fingerprint } }: WholeCa): boolean {
  const probed = view.tls.members.get(pod.name)
  if (probed?.uid !== pod.uid) return false
  const [before, accepts] = [current.fingerprint, fingerprint].map((one) => probed[ca].accepts.get(one))
  if (accepts?.known) return !accepts.value && before?.known === true && before.value
  const { served } = probed[ca]
  return served.known && served.value === undefined && !wasThereAtStart(view, pod, ca, fingerprint)
}

/** Clocks of nodes differ, and a kubelet may know a Secret for a moment longer than the API server; milliseconds. */
export const settledMs = 60_000

/** Whether the CA stood in the mounted `ca.crt` before the pod was made: the kubelet reads a Secret anew for each pod. */
function wasThereAtStart(view: ClusterView, pod: PodFacts, ca: Ca, fingerprint: string): boolean {
  const mounted = ownSecret(view.tls, ca === 'peer' ? 'peer' : 'server')
  if (mounted?.bundleSince === undefined) return false
  return mounted.bundle.some((one) => one.fingerprint === fingerprint) && pod.createdAt > mounted.bundleSince + settledMs
}
