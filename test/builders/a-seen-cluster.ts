import type { EtcdCluster, EtcdClusterStatus, MemberStatus, NextStep } from '../../src/api/etcd-cluster.ts'
import { rfc3339 } from '../../src/model/rfc3339.ts'
import { anEtcdCluster, now, type SpecWish } from './a-cluster.ts'

type Conditions = Readonly<Record<string, string>>

/** What a person sees of a cluster: its status, as the operator writes it. Each condition is `Status Reason` or `Status Reason: message`. */
export interface Seen {
  readonly name?: string
  readonly namespace?: string
  readonly spec?: SpecWish
  readonly conditions?: Conditions
  readonly members?: readonly Partial<MemberStatus>[]
  readonly nextStep?: Partial<NextStep>
  readonly status?: Partial<EtcdClusterStatus>
}

const fine: Conditions = {
  Ready: 'True Steady',
  Available: 'True MajorityAnswers',
  FaultTolerant: 'True AllMembersServe',
  Progressing: 'False Steady',
  Stalled: 'False Steady',
  BackedUp: 'False NoSchedule',
  Encrypted: 'True TlsOnly',
  CertificatesValid: 'True Valid',
}

/** Three members, all well; `wish` says what differs. */
export function aSeenCluster({
  name = 'demo',
  namespace = 'ns',
  spec = {},
  conditions = {},
  members = [],
  nextStep,
  status = {},
}: Seen = {}): EtcdCluster {
  const size = spec.size ?? 3
  const memberStatus = Array.from({ length: Math.max(size, members.length) }, (_, ordinal) => ({
    name: `${name}-${ordinal}`,
    id: `8e9e05c52164694${ordinal}`,
    role: 'Voter' as const,
    leader: ordinal === 1 % size,
    ready: true,
    version: '3.6.16',
    dbSize: '2.1Gi',
    dbSizeInUse: '1.4Gi',
    ...(ordinal === 1 % size ? {} : { raftLag: 0 }),
    node: `n${ordinal + 1}`,
    volume: `data-${name}-${ordinal}`,
    volumeSize: '8Gi',
    message: '',
    ...members[ordinal],
  }))
  const ready = memberStatus.filter((row) => row.ready && row.role === 'Voter').length
  const cluster = anEtcdCluster(
    { size, storage: { size: '8Gi' }, tls: { mode: 'Required' }, ...spec },
    {
      observedGeneration: 1,
      clusterID: '7c1e0b',
      version: '3.6.16',
      members: size,
      readyMembers: ready,
      ready: `${ready}/${size}`,
      leader: memberStatus.find(({ leader }) => leader)?.name ?? '',
      dbSize: '2.1Gi',
      memberStatus,
      tls: { mode: 'Required', nextExpiry: rfc3339(now + 82 * 86_400_000) },
      ...(nextStep === undefined
        ? {}
        : {
            nextStep: {
              id: 'abc123',
              action: 'Wait',
              reason: 'MemberUnhealthy',
              message: 'it waits',
              since: rfc3339(now - 5000),
              ...nextStep,
            },
          }),
      conditions: Object.entries({ ...fine, ...conditions }).map(([type, text]) => conditionOf(type, text)),
      ...status,
    },
  )
  return { ...cluster, metadata: { ...cluster.metadata, name, namespace, uid: `uid-${namespace}-${name}` } }
}

function conditionOf(type: string, text: string) {
  const [, status = '', reason = '', message = ''] = /^(\S+) (\w+)(?:: (.*))?$/s.exec(text) ?? []
  return {
    type,
    status: status as 'True' | 'False' | 'Unknown',
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: rfc3339(now - 60_000),
  }
}
