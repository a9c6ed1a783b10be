import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, type TestContext, test } from 'vitest'
import type { AuthWrite } from '../../src/adapters/etcd/auth-calls.ts'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectSource } from '../../src/adapters/etcd/snapshot-source.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { Failure, isFailure } from '../../src/adapters/failure.ts'
import type { MemberEndpoint } from '../../src/model/names.ts'
import { type Kv, openKv } from '../client/kv.ts'
import { type EtcdVersion, etcdVersions } from '../cluster/versions.ts'
import { clusterKeys, inProfile, peerUrlOf } from './encrypted-members.ts'
import { aToken, eventually, startEtcdProcesses } from './etcd-processes.ts'

const versions: readonly EtcdVersion[] = process.env.TEST_LONG ? etcdVersions : ['3.5.35', '3.6.16', '3.7.3']
const callers = ['nobody', 'no name', 'stranger', 'app', 'root'] as const
type Caller = (typeof callers)[number]

describe.each(versions)('authentication of etcd %s', { concurrent: true }, (version) => {
  /** One member that takes clients both ways, with the user `app`, who may read and write `app/`. */
  async function start({ onTestFinished }: TestContext) {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const member = await processes.member('m0')
    const keys = clusterKeys()
    keys.write(member)
    const founder = { name: 'm0', peerUrl: peerUrlOf(member, 'Optional') }
    member.start({ state: 'bootstrap', token: aToken, members: [founder] }, inProfile('Optional'))

    const store = credentialStore()
    for (const [name, cn] of [
      ['no name', ''],
      ['stranger', 'stranger'],
      ['app', 'app'],
      ['root', 'root'],
    ] as const)
      store.put(name, keys.credentials(cn))
    const etcd = connectEtcd(store)
    onTestFinished(() => etcd.close())
    const as = (caller: Caller): MemberEndpoint =>
      caller === 'nobody' ? { url: `http://${member.address}:2379` } : { url: `https://${member.address}:2379`, credentials: caller }
    const { clusterId } = await eventually('it serves', () => etcd.memberList(as('root')))
    const { memberId } = await etcd.status(as('root'))
    const kvAs = (caller: Caller): Kv => {
      const kv = openKv(`${member.address}:2379`, caller === 'nobody' ? undefined : store.of(caller)?.credentials)
      onTestFinished(() => kv.close())
      return kv
    }
    const write = (write: AuthWrite) => etcd.authWrite(as('root'), write)
    return { member, store, etcd, as, kvAs, clusterId, memberId, write }
  }

  async function withUsers(context: TestContext) {
    const scene = await start(context)
    const { write } = scene
    await write({ do: 'AddUser', user: 'root', password: randomBytes(8).toString('hex') })
    await write({ do: 'GrantRole', user: 'root', role: 'root' })
    await write({ do: 'AddUser', user: 'app', password: 'secret' })
    await write({ do: 'AddRole', role: 'app' })
    await write({ do: 'GrantPermission', role: 'app', permission: { access: 'ReadWrite', key: 'app/', rangeEnd: 'app0' } })
    await write({ do: 'GrantRole', user: 'app', role: 'app' })
    return scene
  }

  test('lets each caller do what the table says', async (context) => {
    const { store, etcd, as, kvAs, memberId } = await withUsers(context)
    await etcd.authEnable(as('root'))
    const kvs = new Map(callers.map((caller) => [caller, kvAs(caller)]))
    const put = (caller: Caller, key: string) => kvs.get(caller)?.put(key, 'x', 5000) ?? Promise.reject(new Error('no client'))
    const named: readonly Caller[] = ['no name', 'stranger', 'app', 'root']
    // 3.6.0 to 3.6.11 want root for the status as well.
    const statusFor: readonly Caller[] = version === '3.6.11' ? ['root'] : named
    const authStatusFor: readonly Caller[] = version.startsWith('3.7.') ? callers : ['root']

    const rows: readonly (readonly [what: string, call: (caller: Caller) => Promise<unknown>, allowed: readonly Caller[]])[] = [
      ['member list', (caller) => etcd.memberList(as(caller)), named],
      ['status', (caller) => etcd.status(as(caller)), statusFor],
      ['auth status', (caller) => etcd.authStatus(as(caller)), authStatusFor],
      ['user get of app', async (caller) => answered(await etcd.rolesOf(as(caller), 'app')), ['app', 'root']],
      ['role get of app', (caller) => etcd.permissionsOf(as(caller), 'app'), ['app', 'root']],
      ['user list', (caller) => etcd.users(as(caller)), ['root']],
      ['user add', (caller) => etcd.authWrite(as(caller), { do: 'AddUser', user: `by ${caller}`, password: 'x' }), ['root']],
      ['put of a key of app', (caller) => put(caller, 'app/1'), ['app', 'root']],
      ['put of another key', (caller) => put(caller, 'other'), ['root']],
      ['hash', (caller) => etcd.hashKv(as(caller), 0), ['root']],
      ['defragment', (caller) => etcd.defragment(as(caller)), ['root']],
      ['snapshot', (caller) => firstPart(as(caller)), ['root']],
      ['move leader', (caller) => etcd.moveLeader(as(caller), memberId), ['root']],
      ['disarm', (caller) => etcd.disarm(as(caller), { memberId, alarm: 'NOSPACE' }), ['root']],
      ['member update', (caller) => etcd.updatePeerUrl(as(caller), memberId, 'http://127.0.0.1:8'), ['root']],
      ['compact', (caller) => etcd.compact(as(caller), 1, false), ['root']],
    ]
    async function firstPart(endpoint: MemberEndpoint): Promise<void> {
      const source = connectSource(endpoint, store)
      try {
        await source.snapshot(5000, new AbortController().signal)[Symbol.asyncIterator]().next()
      } finally {
        source.close()
      }
    }
    const others: string[] = []
    const found: Record<string, readonly Caller[]> = {}
    for (const [what, call] of rows) {
      const allowed: Caller[] = []
      for (const caller of callers) {
        await call(caller).then(
          () => allowed.push(caller),
          (error) => (isFailure(error, 'forbidden') || isPut(what) ? undefined : others.push(`${what} as ${caller}: ${error}`)),
        )
      }
      found[what] = allowed
    }
    expect(others).toEqual([])
    expect(found).toEqual(Object.fromEntries(rows.map(([what, , allowed]) => [what, allowed])))
  })

  test('makes, reads and takes away users, roles and permissions, and each of these twice', async (context) => {
    const { etcd, as, write } = await withUsers(context)
    const root = as('root')
    expect(await etcd.authStatus(root)).toEqual({ enabled: false, revision: expect.stringMatching(/^\d+$/) })
    expect((await etcd.users(root)).toSorted()).toEqual(['app', 'root'])
    expect(await etcd.roles(root)).toEqual(['app'])
    expect(await etcd.rolesOf(root, 'app')).toEqual(['app'])
    expect(await etcd.permissionsOf(root, 'app')).toEqual([{ access: 'ReadWrite', key: 'app/', rangeEnd: 'app0' }])
    expect([await etcd.rolesOf(root, 'nobody'), await etcd.permissionsOf(root, 'nobody')]).toEqual([undefined, undefined])

    await expect(write({ do: 'AddUser', user: 'app', password: 'secret' })).rejects.toMatchObject({ kind: 'conflict' })
    await expect(write({ do: 'AddRole', role: 'app' })).rejects.toMatchObject({ kind: 'conflict' })
    await expect(write({ do: 'ChangePassword', user: 'no', password: 'secret' })).rejects.toMatchObject({ kind: 'not-found' })
    await expect(write({ do: 'GrantRole', user: 'app', role: 'no' })).rejects.toMatchObject({ kind: 'not-found' })

    // Bytes that are no UTF-8, the end of everything, and another access for a range that is there.
    const odd = { access: 'Read', key: '\x01\xfe', rangeEnd: '\x01\xff' } as const
    await write({ do: 'GrantPermission', role: 'app', permission: odd })
    await write({ do: 'GrantPermission', role: 'app', permission: { access: 'Write', key: 'z', rangeEnd: '\0' } })
    await write({ do: 'GrantPermission', role: 'app', permission: { access: 'Read', key: 'app/', rangeEnd: 'app0' } })
    expect(await etcd.permissionsOf(root, 'app')).toEqual([
      odd,
      { access: 'Read', key: 'app/', rangeEnd: 'app0' },
      { access: 'Write', key: 'z', rangeEnd: '\0' },
    ])
    for (const _again of [1, 2]) {
      await write({ do: 'RevokePermission', role: 'app', key: odd.key, rangeEnd: odd.rangeEnd })
      await write({ do: 'RevokeRole', user: 'app', role: 'app' })
    }
    expect(await etcd.permissionsOf(root, 'app')).toHaveLength(2)
    for (const _again of [1, 2]) {
      await write({ do: 'DeleteRole', role: 'app' })
      await write({ do: 'DeleteUser', user: 'app' })
    }
    expect([await etcd.users(root), await etcd.roles(root)]).toEqual([['root'], []])
  })

  test('is switched on and off, twice each, and tries passwords only while it is on', async (context) => {
    const { etcd, as, write } = await start(context)
    const root = as('root')
    await expect(etcd.authEnable(root)).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('root user does not exist'),
    })
    await write({ do: 'AddUser', user: 'root', password: 'thrown away' })
    await expect(etcd.authEnable(root)).rejects.toMatchObject({ kind: 'rejected', message: expect.stringContaining('root role') })
    await write({ do: 'GrantRole', user: 'root', role: 'root' })
    await write({ do: 'AddUser', user: 'app', password: 'secret' })
    const { revision } = await etcd.authStatus(root)
    expect(await etcd.authenticate(root, 'app', 'secret')).toBe('off')
    expect([await etcd.canRead(as('nobody')), await etcd.canRead(as('no name'))]).toEqual(['read', 'read'])

    for (const _again of [1, 2]) await etcd.authEnable(root)
    expect(await etcd.authenticate(root, 'app', 'secret')).toBe('accepted')
    expect(await etcd.authenticate(root, 'app', 'wrong')).toBe('refused')
    expect(await etcd.authenticate(root, 'not there', 'wrong')).toBe('refused')
    expect([await etcd.canRead(as('nobody')), await etcd.canRead(as('no name')), await etcd.canRead(root)]).toEqual([
      'refused',
      'refused',
      'read',
    ])
    // A role that is granted again, and a login, cost nobody a request; a password that is set again does.
    await write({ do: 'GrantRole', user: 'root', role: 'root' })
    expect(await etcd.authStatus(root)).toEqual({ enabled: true, revision })
    await write({ do: 'ChangePassword', user: 'app', password: 'secret' })
    expect(Number((await etcd.authStatus(root)).revision)).toBe(Number(revision) + 1)

    await expect(etcd.authDisable(as('no name'))).rejects.toMatchObject({ kind: 'forbidden' })
    for (const _again of [1, 2]) await etcd.authDisable(root)
    expect(await etcd.authStatus(root)).toMatchObject({ enabled: false })
    expect(await etcd.canRead(as('nobody'))).toBe('read')
  })

  test('no failure holds a password', async (context) => {
    const { etcd, as, write } = await withUsers(context)
    await etcd.authEnable(as('root'))
    const password = 'canary-4711'
    const failures = await Promise.all([
      write({ do: 'AddUser', user: 'app', password }).catch((error: unknown) => error),
      etcd.authWrite(as('app'), { do: 'ChangePassword', user: 'root', password }).catch((error: unknown) => error),
      etcd.authenticate({ url: 'http://127.0.0.1:1' }, 'app', password).catch((error: unknown) => error),
    ])
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(Failure)
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(password)
    }
  })

  test('takes passwords of at most 72 bytes, and any text', async (context) => {
    const { etcd, as, write } = await start(context)
    const longest = `${'ü'.repeat(35)} \n`
    expect(Buffer.byteLength(longest)).toBe(72)
    await write({ do: 'AddUser', user: 'root', password: 'x' })
    await write({ do: 'GrantRole', user: 'root', role: 'root' })
    await write({ do: 'AddUser', user: 'long', password: longest })
    await expect(write({ do: 'AddUser', user: 'longer', password: `${longest}x` })).rejects.toThrow(/72 bytes/)
    await etcd.authEnable(as('root'))
    expect(await etcd.authenticate(as('root'), 'long', longest)).toBe('accepted')
    expect(await etcd.authenticate(as('root'), 'long', longest.slice(0, -1))).toBe('refused')
  })
})

const isPut = (what: string): boolean => what.startsWith('put ')

/** A user that isn't there, and a caller that isn't, are refused with the same words. */
function answered<T>(roles: T | undefined): T {
  if (roles === undefined) throw new Failure('forbidden', 'no such user')
  return roles
}
