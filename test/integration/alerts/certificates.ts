import { type AlertCases, of } from './play.ts'

const server = { purpose: 'server' }
const renewal = of('etcd_operator_certificate_renewal_timestamp_seconds', server)
const expiry = of('etcd_operator_certificate_expiry_timestamp_seconds', server)
const ofUser = { purpose: 'user', user: 'app' }
const day = 24 * 3600

/** The clock of these cases begins at 0. */
export const certificateCases: Readonly<Record<string, AlertCases>> = {
  EtcdClusterCertificateExpiring: {
    fires: [
      {
        series: { [renewal]: '0x99' },
        minute: 66,
        labels: server,
        says: 'The certificate server of prod/demo should have been renewed 1h 6m 0s ago.',
      },
      {
        series: { [of('etcd_operator_certificate_renewal_timestamp_seconds', ofUser)]: '0x99', [renewal]: '9999x99' },
        minute: 66,
        labels: ofUser,
        says: 'The certificate user app of prod/demo should have been renewed 1h 6m 0s ago.',
      },
    ],
    quiet: [
      { series: { [renewal]: '0x99' }, minute: 65 },
      { series: { [renewal]: '9999x99' }, minute: 99 },
    ],
  },
  EtcdClusterCertificateExpiresSoon: {
    fires: [
      {
        // A member still serves an older certificate than its Secret has.
        series: {
          [renewal]: '0x20',
          [expiry]: `${9 * day}x20`,
          [of('etcd_operator_certificate_expiry_timestamp_seconds', { ...server, member: 'demo-1' })]: `${day}x20`,
        },
        minute: 6,
        labels: server,
        says: 'The certificate server of prod/demo expires in 23h 54m 0s. Whoever trusts it is refused after that.',
      },
    ],
    quiet: [
      { series: { [renewal]: '0x20', [expiry]: `${day}x20` }, minute: 5 },
      { series: { [renewal]: '0x20', [expiry]: `${day + 1200}x20` }, minute: 20 },
      // It was asked to live for twelve hours, and is renewed in four.
      { series: { [renewal]: `${day / 6}x20`, [expiry]: `${day / 2}x20` }, minute: 20 },
    ],
  },
}
