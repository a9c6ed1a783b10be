import { once } from 'node:events'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { POD, type Pod } from '../../src/adapters/kube/kinds.ts'
import { label } from '../../src/api/labels.ts'
import { clientSecret, credentialsIn } from '../client/secret-of-client.ts'
import { forwarded } from './forwarded.ts'
import type { Kubernetes } from './kubernetes.ts'

export interface EtcdMember {
  readonly name: string
  /** Hex, as in the status. */
  readonly id: string
  readonly isLearner: boolean
  /** Empty until it has started for the first time. */
  readonly clientUrls: readonly string[]
}

/** etcd's member list, linearizable, from one pod: over etcd's JSON gateway, and not by the operator. */
export async function memberListOf(k8s: Kubernetes, namespace: string, pod: string): Promise<readonly EtcdMember[]> {
  const { members } = (await ask(k8s, namespace, pod, 'cluster/member/list', { linearizable: true })) as {
    members: readonly GatewayMember[]
  }
  return members.map((member) => ({
    name: member.name ?? '',
    id: BigInt(member.ID).toString(16),
    isLearner: member.isLearner ?? false,
    clientUrls: member.clientURLs ?? [],
  }))
}

/** Any call, to one member: through the API server where the member takes plain text, else straight, as an application does it. */
export async function ask(k8s: Kubernetes, namespace: string, name: string, call: string, body: object): Promise<unknown> {
  const pod = await k8s.kube.get(POD, { namespace, name }, AbortSignal.timeout(20_000))
  const path = `/v3/${call}`
  const answer =
    pod !== undefined && takesOnlyTls(pod)
      ? await askOverTls(k8s, pod, path, body)
      : await k8s.request('POST', `/api/v1/namespaces/${namespace}/pods/${name}:2379/proxy${path}`, body)
  return JSON.parse(answer)
}

/** By the variables with which etcdctl finds its own member. */
function takesOnlyTls({ spec }: Pod): boolean {
  return spec?.containers.some(({ env = [] }) => env.some(({ name }) => name === 'ETCDCTL_CACERT')) ?? false
}

async function askOverTls(k8s: Kubernetes, pod: Pod, path: string, body: object): Promise<string> {
  const { namespace, name, labels } = pod.metadata
  const cluster = labels?.[label.cluster] ?? ''
  const serverName = `${name}.${cluster}-peers.${namespace}.svc`
  const { ca, own } = await credentialsIn(k8s, namespace, clientSecret(cluster), serverName)
  const post = async (host: string, port: number) => {
    const outgoing = request({
      ...{ host, port, path, method: 'POST', ca, servername: serverName, agent: false, signal: AbortSignal.timeout(20_000) },
      ...own,
    })
    outgoing.end(JSON.stringify(body))
    const [incoming] = await once(outgoing, 'response')
    const answer = await text(incoming)
    if (incoming.statusCode >= 300) throw new Error(`POST ${path} to ${name}: ${incoming.statusCode} ${answer}`)
    return answer
  }
  // Pods of the local cluster answer to this machine.
  if (k8s.info.provider === 'local') return post(pod.status?.podIP ?? '', 2379)
  return forwarded(k8s, namespace, `pod/${name}`, (port) => post('127.0.0.1', port))
}

/** Hash of all keys, values and revisions that a member has, up to a revision. */
export async function hashOf(k8s: Kubernetes, namespace: string, pod: string, revision: string): Promise<number> {
  const { hash } = (await ask(k8s, namespace, pod, 'maintenance/hashkv', { revision })) as { hash: number }
  return hash
}

/** Members that vote and have started. */
export function startedVoters(members: readonly EtcdMember[]): readonly EtcdMember[] {
  return members.filter(({ isLearner, clientUrls }) => !isLearner && clientUrls.length > 0)
}

/** The gateway leaves out what is false or empty. */
interface GatewayMember {
  readonly ID: string
  readonly name?: string
  readonly isLearner?: boolean
  readonly clientURLs?: readonly string[]
}
