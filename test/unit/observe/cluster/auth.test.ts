import { expect, test } from 'vitest'
import type { Etcd } from '../../../../src/adapters/etcd/calls.ts'
import type { EtcdUser } from '../../../../src/api/etcd-user.ts'
import type { AuthFacts } from '../../../../src/model/cluster/auth-facts.ts'
import { authFacts, type RememberedAuth } from '../../../../src/observe/cluster/auth.ts'
import type { Caches } from '../../../../src/observe/watches/caches.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'
import { anEtcdUser } from '../../../builders/a-user.ts'
import { FakeAuth } from '../../../builders/fake-auth.ts'
import { silent } from '../../controllers/user-world.ts'

const overTls = aCluster({ tls: { mode: 'Required' } }).running()

/** An operator that looks now and then, and the calls that each look costs. */
function looking(view: Scene = overTls, users: readonly EtcdUser[] = []) {
  const auth = new FakeAuth()
  const memory: { auth: RememberedAuth | undefined } = { auth: undefined }
  const calls: string[] = []
  let isSilent = false
  auth.refuses = (call) => {
    calls.push(call)
    return isSilent ? silent() : undefined
  }
  const caches = { users: { ofCluster: () => users } } as unknown as Pick<Caches, 'users'>
  const look = async (atMs: number, last = memory): Promise<AuthFacts> => {
    calls.length = 0
    return authFacts({ ...auth } as unknown as Etcd, caches, view, last, atMs, new AbortController().signal)
  }
  const fallSilent = () => {
    isSilent = true
  }
  return { auth, calls, look, fallSilent }
}

test('a cluster in plain text without users is asked nothing', async () => {
  const { look, calls } = looking(aCluster().running())
  expect(await look(0)).toMatchObject({ etcd: { known: true, value: { enabled: false } } })
  expect(calls).toEqual([])
})

test('while the auth revision stays, a look costs one call; the proof is made again after a minute', async () => {
  const { auth, look, calls } = looking()
  auth.enabled = true
  expect(await look(0)).toMatchObject({ etcd: { value: { enabled: true, nobody: { value: 'refused' } } } })
  await look(5_000)
  expect(calls).toEqual(['authStatus'])
  auth.userRoles.set('theirs', new Set())
  auth.revision += 1
  expect(await look(10_000)).toMatchObject({ etcd: { value: { users: ['theirs'] } } })
  await look(75_000)
  expect(calls).toContain('canRead')
})

test('etcd that is late now and then is believed for half a minute, and never before a step', async () => {
  const { look, fallSilent } = looking()
  await look(0)
  fallSilent()
  expect((await look(20_000)).etcd.known).toBe(true)
  expect((await look(20_000, { auth: undefined })).etcd.known).toBe(false)
  expect((await look(31_000)).etcd.known).toBe(false)
})

test('an EtcdUser is ready only for its newest spec and this very cluster, and not while it is being deleted', async () => {
  const claim = { clusterUID: 'uid-demo', user: 'billing' }
  const conditions = [{ type: 'Ready', status: 'True', reason: 'UserReady', message: '', lastTransitionTime: '' }] as const
  const ready = { observedGeneration: 1, claim, conditions }
  const factsOf = async (user: EtcdUser) => (await looking(overTls, [user]).look(0)).users
  expect(await factsOf(anEtcdUser({}, ready))).toMatchObject([{ isReady: true, isClaimed: true }])
  expect(await factsOf(anEtcdUser({}, ready, { generation: 2 }))).toMatchObject([{ isReady: false }])
  expect(await factsOf(anEtcdUser({}, { ...ready, claim: { ...claim, clusterUID: 'other' } }))).toMatchObject([
    { isReady: false, isClaimed: false },
  ])
  expect(await factsOf(anEtcdUser())).toMatchObject([{ isReady: false, why: 'it was not looked at yet' }])
  expect(await factsOf(anEtcdUser({}, ready, { deletionTimestamp: '2026-01-01T00:00:00Z' }))).toEqual([])
})
