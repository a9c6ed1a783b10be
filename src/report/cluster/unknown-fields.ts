import type { EtcdClusterStatus } from '../../api/etcd-cluster.ts'

/** Every field of the status that this version of the operator knows. */
const knownFields: Readonly<Record<keyof EtcdClusterStatus, true>> = {
  observedGeneration: true,
  clusterID: true,
  bootstrap: true,
  version: true,
  members: true,
  readyMembers: true,
  ready: true,
  leader: true,
  dbSize: true,
  endpoint: true,
  selector: true,
  logsFrom: true,
  nextStep: true,
  rollout: true,
  plan: true,
  memberStatus: true,
  performance: true,
  lastBackup: true,
  tls: true,
  auth: true,
  wishes: true,
  conditions: true,
}

/**
 * What a newer operator has written into the status: facts that it may rely on when it comes back after a downgrade of the operator. They
 * are kept as they are. Conditions are not: an old one that nobody looks after would be wrong.
 */
export function unknownFields(stored: object | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(stored ?? {}).filter(([field]) => !Object.hasOwn(knownFields, field)))
}
