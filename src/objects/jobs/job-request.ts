import type { EtcdClusterSpec } from '../../api/etcd-cluster.ts'
import type { OwnerReference } from '../../api/owner-reference.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import type { AgentTask } from '../../model/agent/task.ts'

/** A Job of the operator's own image. */
export interface AgentJob {
  readonly name: string
  readonly namespace: string
  /** Name of the EtcdCluster that it is about. */
  readonly cluster: string
  /** Besides those that every Job of the agent has; on its pod as well, except `label.cluster`, which Services and budgets select by. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** Absent: only its TTL deletes the Job after it has finished. */
  readonly owner?: OwnerReference
  readonly image: AgentImage
  readonly task: AgentTask
  readonly backups: BackupsVolume
  /** The Secret with the certificate that it dials members with: `ca.crt`, `tls.crt`, `tls.key`. */
  readonly credentials?: string
  /** The claim of a member's data. */
  readonly dataClaim?: string
  /** Labels of the cluster's members; needed where `dataClaim` is the first member's, because no member exists yet. */
  readonly memberLabels?: Readonly<Record<string, string>>
  /** Containers that run before it, one after the other; they share a folder for the file that they work on. */
  readonly before?: readonly object[]
  /** Of the cluster whose members it is scheduled like. */
  readonly spec?: EtcdClusterSpec
  /** Kubernetes stops the Job after this time, whatever its pod waits for; default four hours. */
  readonly deadlineSeconds?: number
  /** How long the finished Job stays, for people and for the operator that reads its result. Default `keptSeconds`. */
  readonly keepSeconds?: number
}

/** The volume that holds backups, as the pod mounts it. */
export interface BackupsVolume {
  readonly claimName: string
  readonly readOnly: boolean
  /** Whether all pods that mount it have to be on one node; `node` is where one of them is. */
  readonly oneNode: boolean
  readonly node?: string | undefined
}
