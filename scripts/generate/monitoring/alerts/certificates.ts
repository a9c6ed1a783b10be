import { type Alert, cluster, ofCluster } from '../alert.ts'

const which = `${ofCluster}, purpose, user`
const overdue = `time() - min by (${which}) (etcd_operator_certificate_renewal_timestamp_seconds)`
const whose = `The certificate {{ $labels.purpose }}{{ with $labels.user }} {{ . }}{{ end }} of ${cluster}`

/** Certificates that nobody renews. Renewal is the operator's or cert-manager's work, so an alert means that it failed. */
export const certificateAlerts: readonly Alert[] = [
  {
    name: 'EtcdClusterCertificateExpiring',
    severity: 'warning',
    minutes: 5,
    value: overdue,
    fires: '> 3600',
    summary: `A certificate of EtcdCluster ${cluster} was not renewed`,
    description: `${whose} should have been renewed {{ $value | humanizeDuration }} ago.`,
  },
  {
    name: 'EtcdClusterCertificateExpiresSoon',
    severity: 'critical',
    minutes: 5,
    value: `min by (${which}) (etcd_operator_certificate_expiry_timestamp_seconds) - time()`,
    fires: '< 24 * 3600',
    // A certificate that was asked to live for hours only is renewed in its last day as a rule.
    besides: `and on (${which}) ${overdue} > 0`,
    summary: `A certificate of EtcdCluster ${cluster} expires within a day`,
    description: `${whose} expires in {{ $value | humanizeDuration }}. Whoever trusts it is refused after that.`,
  },
]
