import type { Kubernetes } from './kubernetes.ts'

export interface EtcdMember {
  readonly name: string
  /** Hex, as in the status. */
  readonly id: string
  readonly isLearner: boolean
  /** Empty until it has started for the first time. */
  readonly clientUrls: readonly string[]
}

/** etcd's member list, linearizable, from one pod: over etcd's JSON gateway, through the API server, and not by the operator. */
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

/** Any call, to one member. */
export async function ask(k8s: Kubernetes, namespace: string, pod: string, call: string, body: object): Promise<unknown> {
  return JSON.parse(await k8s.request('POST', `/api/v1/namespaces/${namespace}/pods/${pod}:2379/proxy/v3/${call}`, body))
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
