import { type Alert, cluster, ofCluster } from '../alert.ts'

/** Whether the operator gets on with its work on a cluster, or waits for a person. */
export const workAlerts: readonly Alert[] = [
  {
    name: 'EtcdClusterStalled',
    severity: 'warning',
    minutes: 5,
    value: `max by (${ofCluster}, reason) (etcd_operator_cluster_stalled{reason!~"Paused|DryRun"})`,
    fires: '== 1',
    summary: `EtcdCluster ${cluster} waits for a person: {{ $labels.reason }}`,
    description: `The operator can't go on with ${cluster} by itself, reason {{ $labels.reason }}. The condition Stalled of the EtcdCluster says what to do.`,
  },
  {
    name: 'EtcdClusterPausedForLong',
    severity: 'info',
    minutes: 240,
    value: `max by (${ofCluster}, reason) (etcd_operator_cluster_stalled{reason=~"Paused|DryRun"})`,
    fires: '== 1',
    isRare: true,
    summary: `EtcdCluster ${cluster} has been left alone for hours: {{ $labels.reason }}`,
    description: `For 4 hours the operator has changed nothing of ${cluster}, and would replace no failed member, because somebody asked it to: {{ $labels.reason }}.`,
  },
  {
    name: 'EtcdClusterStepStuck',
    severity: 'warning',
    minutes: 5,
    value: `time() - min by (${ofCluster}, reason) (etcd_operator_cluster_step_since_timestamp_seconds{reason!="WaitingForWindow"})`,
    fires: '> 3600',
    besides: `unless on (${ofCluster}) max by (${ofCluster}) (etcd_operator_cluster_stalled) == 1`,
    isRare: true,
    summary: `EtcdCluster ${cluster} gets no further than {{ $labels.reason }}`,
    description: `The operator has been at the same step of ${cluster}, {{ $labels.reason }}, for {{ $value | humanizeDuration }}.`,
  },
  {
    name: 'EtcdUserNotReady',
    severity: 'warning',
    minutes: 15,
    value: `max by (${ofCluster}, user) (etcd_operator_user_ready)`,
    fires: '== 0',
    summary: `EtcdUser {{ $labels.namespace }}/{{ $labels.user }} is not ready`,
    description: `etcd has not had the user {{ $labels.user }} of ${cluster} as its EtcdUser asks for, or its Secret is missing, for 15 minutes.`,
  },
]
