import { describe, expect, test } from 'vitest'
import { nobodyAsks } from '../../../../src/model/cluster/auth-facts.ts'
import { etcdctlAsRoot, etcdctlInPod, etcdctlOutside } from '../../../../src/model/cluster/etcdctl.ts'
import { known, unknown } from '../../../../src/model/known.ts'
import { aCluster } from '../../../builders/a-cluster.ts'

const plain = aCluster().running()
const encrypted = aCluster({ tls: { mode: 'Required' } }).running()
const locked = encrypted.with({ auth: { users: [], etcd: known({ ...nobodyAsks, enabled: true }) } })

describe('a command for people', () => {
  test('in a pod is the same in every mode of TLS, and goes to a member that serves', () => {
    for (const scene of [plain, encrypted]) expect(etcdctlAsRoot(scene, 'alarm disarm')).toBe('kubectl exec demo-0 -- etcdctl alarm disarm')
    expect(etcdctlInPod(plain.silent('demo-0'), 'member list')).toBe('kubectl exec demo-1 -- etcdctl member list')
    expect(etcdctlInPod(locked, 'member list')).toBe('kubectl exec demo-0 -- etcdctl member list')
  })

  test('of root names an admin where authentication is on, also where etcd does not tell any more', () => {
    const asAdmin = 'etcdctl alarm disarm (with the Secret of an EtcdUser that has spec.admin)'
    expect(etcdctlAsRoot(locked, 'alarm disarm')).toBe(asAdmin)
    const told = encrypted.withStatus({ auth: { enabled: true } }).with({ auth: { users: [], etcd: unknown('no reply') } })
    expect(etcdctlAsRoot(told, 'alarm disarm')).toBe(asAdmin)
  })

  test('on a machine of their own has the flags and files that it needs', () => {
    expect(etcdctlOutside(plain, 'demo-2', 'snapshot save x.db')).toBe(
      'kubectl port-forward pod/demo-2 2379 and etcdctl snapshot save x.db',
    )
    const flags = '--endpoints https://127.0.0.1:2379 --cacert ca.crt --cert tls.crt --key tls.key'
    expect(etcdctlOutside(encrypted, 'demo-2', 'snapshot save x.db')).toBe(
      `kubectl port-forward pod/demo-2 2379 and etcdctl ${flags} snapshot save x.db (the files are those of Secret demo-client)`,
    )
    expect(etcdctlOutside(locked, 'demo-2', 'snapshot save x.db')).toContain('an EtcdUser that has spec.admin, or a certificate of root')
  })
})
