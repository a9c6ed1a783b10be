import { expect, onTestFinished, test } from 'vitest'
import { openConnections } from '../../../src/adapters/etcd/connections.ts'
import { credentialStore } from '../../../src/adapters/etcd/credentials.ts'
import { endpointKey } from '../../../src/model/names.ts'

test('a member has one connection for each of the credentials that it is asked with', () => {
  const connections = openConnections(credentialStore())
  onTestFinished(() => connections.keepOnly(new Set()))
  const [plain, proved] = [{ url: 'http://127.0.0.1:1' }, { url: 'http://127.0.0.1:1', credentials: 'demo-client' }]
  const first = connections.to(plain)
  expect(connections.to(plain)).toBe(first)
  expect(connections.to(proved)).not.toBe(first)

  connections.keepOnly(new Set([endpointKey(plain)]))
  expect(connections.to(plain)).toBe(first)
})
