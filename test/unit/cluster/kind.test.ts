import { describe, expect, it } from 'vitest'
import { createArgs, deleteArgs, exportArgs, kindConfig, loadArgs, nodesArgs } from '../../cluster/kind.ts'

describe('the kind provider', () => {
  it('asks for one control plane and the workers, spread over three zones', () => {
    expect(kindConfig(4)).toEqual({
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      nodes: [
        { role: 'control-plane' },
        ...['a', 'b', 'c', 'a'].map((zone) => ({ role: 'worker', labels: { 'topology.kubernetes.io/zone': `zone-${zone}` } })),
      ],
    })
  })

  it('names its cluster in every command', () => {
    expect(createArgs('c.json', 'k')).toEqual(
      'create cluster --name etcd-operator-dev --config c.json --kubeconfig k --wait 120s'.split(' '),
    )
    expect(exportArgs('k')).toEqual('export kubeconfig --name etcd-operator-dev --kubeconfig k'.split(' '))
    expect(deleteArgs('k')).toEqual('delete cluster --name etcd-operator-dev --kubeconfig k'.split(' '))
    expect(nodesArgs()).toEqual('get nodes --name etcd-operator-dev'.split(' '))
    expect(loadArgs('a.tar')).toEqual('load image-archive a.tar --name etcd-operator-dev'.split(' '))
  })
})
