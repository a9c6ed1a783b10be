import type { Credentials } from '../../src/adapters/etcd/credentials.ts'
import { ETCD_CLUSTER } from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import type { Kubernetes } from '../e2e/kubernetes.ts'
import { until } from '../e2e/until.ts'

/** What an application does with the Secret `<cluster>-client`, or that of an EtcdUser. */

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

const SECRET: ResourceKind<Secret> = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' }

/**
 * Whether clients of the cluster are to speak TLS, by what its status tells as soon as a member is ready; no EtcdCluster of this name: they
 * speak plain text.
 */
export async function speaksTls(k8s: Kubernetes, namespace: string, cluster: string): Promise<boolean> {
  return until(`a member of ${cluster} is ready`, 120, async () => {
    const found = await k8s.kube.get(ETCD_CLUSTER, { namespace, name: cluster }, AbortSignal.timeout(20_000))
    if (found === undefined) return false
    return (found.status?.readyMembers ?? 0) > 0 ? found.status?.endpoint?.startsWith('https:') : undefined
  })
}

/** Name of the Secret for applications without a user. */
export function clientSecret(cluster: string): string {
  return `${cluster}-client`
}

/** The texts of a Secret; undefined where there is none. */
export async function readSecret(k8s: Kubernetes, namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
  const found = await k8s.kube.get(SECRET, { namespace, name }, AbortSignal.timeout(20_000))
  if (found === undefined) return undefined
  return Object.fromEntries(Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

/** @throws Error where the Secret is not there or lacks a file */
export async function credentialsIn(k8s: Kubernetes, namespace: string, secret: string, serverName: string): Promise<Credentials> {
  const files = await readSecret(k8s, namespace, secret)
  const file = (name: string) => {
    const text = files?.[name]
    if (text === undefined) throw new Error(`Secret ${namespace}/${secret} has no ${name}`)
    return text
  }
  return { ca: file('ca.crt'), serverName, own: { cert: file('tls.crt'), key: file('tls.key') } }
}

/** For a pod that is a client over TLS: its files, and the environment variable with their folder. */
export function tlsOfPod(secretName: string, variable: string) {
  const mountPath = '/tls'
  return {
    env: [{ name: variable, value: mountPath }],
    volumeMounts: [{ name: 'tls', mountPath, readOnly: true }],
    // A restored cluster has another Secret of this name: the pod outlives the moment without one.
    volumes: [{ name: 'tls', secret: { secretName, optional: true } }],
  }
}
