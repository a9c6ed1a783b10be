import type { EtcdUser } from '../../api/etcd-user.ts'

/** Name of the user in etcd, and of its role. */
export function etcdUserOf({ metadata, spec }: EtcdUser): string {
  return spec.user === '' ? metadata.name : spec.user
}

/** etcd's own name of the user and of the role that may do everything. */
export const root = 'root'
