import { type Family, ofCluster } from '../family.ts'

export const userFamilies = {
  ready: {
    name: 'etcd_operator_user_ready',
    type: 'gauge',
    labels: [...ofCluster, 'user'],
    help: '1 while an EtcdUser is ready, else 0.',
  },
  authWrites: {
    name: 'etcd_operator_auth_writes_total',
    type: 'counter',
    labels: ofCluster,
    help: 'Writes about users and roles that etcd took; each raises its auth revision, and may fail requests that are under way.',
  },
} as const satisfies Readonly<Record<string, Family>>
