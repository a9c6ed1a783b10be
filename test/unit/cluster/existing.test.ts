import { describe, expect, it } from 'vitest'
import { existingProvider, listNodesArgs, nodesIn } from '../../cluster/existing.ts'

describe('the provider for an existing cluster', () => {
  it('asks with a deadline', () => {
    expect(listNodesArgs('/k')).toEqual('--kubeconfig /k --request-timeout 10s get nodes --output json'.split(' '))
  })

  it('reads name, zone and internal address of each node', () => {
    const addresses = [
      { type: 'Hostname', address: 'a' },
      { type: 'InternalIP', address: '10.0.0.1' },
    ]
    const items = [
      { metadata: { name: 'a', labels: { 'topology.kubernetes.io/zone': 'west' } }, status: { addresses } },
      { metadata: { name: 'b' }, status: {} },
    ]
    expect(nodesIn(JSON.stringify({ items }))).toEqual([
      { name: 'a', zone: 'west', ip: '10.0.0.1' },
      { name: 'b', zone: '', ip: '' },
    ])
  })

  it('says what it needs', () => {
    expect(() => existingProvider(undefined)).toThrow('An existing cluster needs --kubeconfig FILE.')
  })

  it('refuses to load an image', async () => {
    await expect(existingProvider('/k').load('a.tar', () => {})).rejects.toThrow('push the image to a registry')
  })
})
