import type { EtcdUser } from '../../src/api/etcd-user.ts'
import { rfc3339 } from '../../src/model/rfc3339.ts'
import { at } from './a-schedule.ts'
import { withCrdDefaults } from './crd-defaults.ts'

type Metadata = Partial<EtcdUser['metadata']>

/** An EtcdUser as the API server returns it: `billing`, of cluster `demo`. */
export function anEtcdUser(spec: Partial<EtcdUser['spec']> = {}, status?: EtcdUser['status'], metadata: Metadata = {}): EtcdUser {
  const name = metadata.name ?? 'billing'
  return withCrdDefaults('etcdusers', {
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: rfc3339(at('09:00')),
      ...metadata,
    },
    spec: { cluster: 'demo', ...spec },
    ...(status ? { status } : {}),
  })
}

export function aUserSpec(spec: Partial<EtcdUser['spec']>): EtcdUser['spec'] {
  return anEtcdUser(spec).spec
}
