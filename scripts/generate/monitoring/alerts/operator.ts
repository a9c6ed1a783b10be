import { type Alert, cluster, ofCluster } from '../alert.ts'

/** The operator itself. */
export const operatorAlerts: readonly Alert[] = [
  {
    name: 'EtcdOperatorDown',
    severity: 'critical',
    minutes: 5,
    value: 'absent(etcd_operator_leader == 1)',
    fires: '== 1',
    isRare: true,
    summary: 'No etcd-operator works',
    description:
      'For 5 minutes no etcd-operator has held the Lease, or Prometheus has not reached it. Members serve on, but nobody replaces a failed member, takes backups, renews certificates or reports any other alert.',
  },
  {
    name: 'EtcdOperatorStepFailing',
    severity: 'warning',
    minutes: 0,
    value: `sum by (${ofCluster}, action) (increase(etcd_operator_step_failures_total[15m]))`,
    fires: '>= 3',
    isRare: true,
    summary: `The operator fails to change EtcdCluster ${cluster}: {{ $labels.action }}`,
    description: `The step {{ $labels.action }} of ${cluster} failed {{ printf "%.0f" $value }} times within 15 minutes.`,
  },
  {
    name: 'EtcdOperatorPassesFailing',
    severity: 'warning',
    minutes: 15,
    value: 'sum by (controller, failure) (increase(etcd_operator_pass_failures_total{failure!="conflict"}[15m]))',
    fires: '>= 5',
    isRare: true,
    summary: 'The etcd-operator fails in its work on objects of the controller {{ $labels.controller }}: {{ $labels.failure }}',
    description:
      '{{ printf "%.0f" $value }} passes of the controller {{ $labels.controller }} failed within 15 minutes, by: {{ $labels.failure }}. The log of the operator names the objects.',
  },
  {
    name: 'EtcdOperatorNamespaceRefused',
    severity: 'warning',
    minutes: 15,
    value: 'min by (watched) (etcd_operator_watched_namespace)',
    fires: '== 0',
    summary: 'The etcd-operator may not read the namespace {{ $labels.watched }}',
    description:
      'For 15 minutes the operator has not been able to read its objects in {{ with $labels.watched }}the namespace {{ . }}{{ else }}all namespaces{{ end }}: EtcdClusters there are not looked after.',
  },
]
