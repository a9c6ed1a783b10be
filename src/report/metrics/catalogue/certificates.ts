import { type Family, ofCluster } from '../family.ts'

/**
 * `purpose` is `peer`, `server`, `client` (the operator's own and the one for clients), `peer-ca`, `client-ca`, or `user` with the label
 * `user`. `member` is there where a member still serves another certificate than its Secret holds.
 */
export const certificateFamilies = {
  expiry: {
    name: 'etcd_operator_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    labels: [...ofCluster, 'purpose', 'member', 'user'],
    help: 'When a certificate expires; absent in plain text.',
  },
  renewal: {
    name: 'etcd_operator_certificate_renewal_timestamp_seconds',
    type: 'gauge',
    labels: [...ofCluster, 'purpose', 'user'],
    help: 'When a certificate is due to be renewed: when a third of its life is left.',
    advice: 'Long past, something keeps the operator, or the source of the certificate, from it',
  },
} as const satisfies Readonly<Record<string, Family>>
