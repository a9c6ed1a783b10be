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
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}:2379/proxy/v3/cluster/member/list`
  const { members } = JSON.parse(await k8s.request('POST', path, { linearizable: true })) as { members: readonly GatewayMember[] }
  return members.map((member) => ({
    name: member.name ?? '',
    id: BigInt(member.ID).toString(16),
    isLearner: member.isLearner ?? false,
    clientUrls: member.clientURLs ?? [],
  }))
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
