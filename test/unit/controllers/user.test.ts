import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/adapters/failure.ts'
import { isIssuedBy, isKeyOf, readCertificate } from '../../../src/adapters/x509.ts'
import { annotation, userFinalizer } from '../../../src/api/labels.ts'
import { anEtcdUser } from '../../builders/a-user.ts'
import { kstatus } from '../../builders/kstatus.ts'
import type { Stored } from '../act/fake-kube.ts'
import { silent, UserWorld } from './user-world.ts'

const app = { access: 'ReadWrite', prefix: 'billing/' } as const

describe('an EtcdUser', () => {
  it('gets its user, its role and its Secret, and then costs nothing', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    await world.settle()
    expect(world.auth.userRoles).toEqual(new Map([['billing', new Set(['billing'])]]))
    expect(world.auth.permissions).toEqual(new Map([['billing', [{ access: 'ReadWrite', key: 'billing/', rangeEnd: 'billing0' }]]]))
    expect(world.auth.writes).toEqual(['AddRole', 'GrantPermission', 'AddUser', 'GrantRole'])
    const { 'tls.crt': certificate = '', 'tls.key': key, 'ca.crt': trusted, ...rest } = world.entries()
    expect(readCertificate(certificate)).toMatchObject({ commonName: 'billing', usages: ['client'], isCa: false, names: [] })
    expect([key?.includes('PRIVATE KEY'), trusted?.match(/BEGIN CERT/g)?.length]).toEqual([true, 2])
    expect(rest).toEqual({
      type: 'etcd',
      provider: 'etcd-operator',
      host: 'demo.ns.svc',
      port: '2379',
      endpoints: 'https://demo.ns.svc:2379',
      uri: 'https://demo.ns.svc:2379',
      username: 'billing',
    })
    expect(world.read('secrets/billing-etcd')).toMatchObject({ type: 'servicebinding.io/etcd' })
    expect(world.status()).toMatchObject({
      observedGeneration: 1,
      secretName: 'billing-etcd',
      // Where the Service Binding specification has a provisioned service say it.
      binding: { name: 'billing-etcd' },
      claim: { user: 'billing' },
    })

    const requests = world.requests
    for (let pass = 0; pass < 20; pass++) await world.pass()
    expect([world.requests, world.auth.writes.length]).toEqual([requests, 4])
  })

  it('is ready with authentication off, and says that its permissions bind nobody', async () => {
    const world = new UserWorld(anEtcdUser())
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'True', reason: 'AuthOff', message: expect.stringContaining('bind nobody') })
    world.auth.enabled = true
    world.clusterSays({ auth: { enabled: true } })
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'True', reason: 'UserReady' })
  })

  it('has only what differs written, when its spec changes', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app, { access: 'Read', key: 'motd' }] }))
    await world.settle()
    const pair = world.entries()['tls.key']
    world.auth.writes.length = 0
    world.change({ permissions: [{ ...app, access: 'Read' }] })
    await world.settle()
    expect(world.auth.writes).toEqual(['GrantPermission', 'RevokePermission'])
    expect(world.entries()['tls.key']).toBe(pair)

    world.auth.writes.length = 0
    world.change({ permissions: [], admin: true })
    await world.settle()
    expect(world.auth.writes).toEqual(['GrantRole', 'RevokeRole', 'DeleteRole'])
    expect(world.auth.userRoles.get('billing')).toEqual(new Set(['root']))
  })

  it('has what somebody changed in etcd put right within ten minutes, without touching the roles of others', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    await world.settle()
    world.auth.permissions.set('theirs', [])
    world.auth.userRoles.get('billing')?.add('theirs')
    world.auth.permissions.set('billing', [])
    world.auth.writes.length = 0
    world.timePasses(12)
    await world.settle()
    expect(world.auth.writes).toEqual(['GrantPermission', 'RevokeRole'])
    expect(world.auth.permissions.has('theirs')).toBe(true)
  })

  it('does not fight with somebody who undoes its work again and again', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    await world.settle()
    world.auth.writes.length = 0
    // As if a grant never lasted: this would also be seen if the plan asserted in every pass what is there already.
    Object.assign(world.auth, { permissionsOf: async () => [] })
    world.restarts()
    for (let minute = 0; minute < 60; minute++) {
      await world.settle()
      world.timePasses(1)
    }
    expect(world.auth.writes.length).toBeGreaterThan(5)
    expect(world.auth.writes.length).toBeLessThan(20)
    expect(world.status()?.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True', reason: 'WriteReverted' })
  })

  it.each([['before'], ['after']] as const)('comes to the same whatever the operator dies of, %s each of its writes', async (when) => {
    for (let n = 1; ; n++) {
      const world = new UserWorld(anEtcdUser({ permissions: [app], password: { generate: true } }))
      let writes = 0
      const die = () => (++writes === n ? new Failure('unavailable', 'the operator died') : undefined)
      const onWrite = (call: string) => (call.startsWith('authWrite') ? die() : undefined)
      if (when === 'before') {
        world.refuses = die
        world.auth.refuses = onWrite
      } else {
        world.loses = die
        world.auth.loses = onWrite
      }
      await world.settle()
      world.timePasses(1)
      await world.settle()
      if (writes < n) {
        expect(n).toBeGreaterThan(8)
        return
      }
      expect(world.ready(), `write ${n}`).toMatchObject({ status: 'True' })
      expect(world.auth.userRoles, `write ${n}`).toEqual(new Map([['billing', new Set(['billing'])]]))
      expect(world.auth.permissions.get('billing')).toHaveLength(1)
      expect(world.auth.passwords.get('billing'), `write ${n}`).toBe(world.entries().password)
      // With authentication off a password can't be tried: it may be set once more.
      expect(world.auth.writes.filter((write) => write !== 'ChangePassword')).toHaveLength(4)
    }
  })
})

describe('to kstatus', () => {
  it('an EtcdUser is in progress, current, failed or terminating', async () => {
    expect(kstatus(anEtcdUser())).toBe('InProgress')
    const world = new UserWorld(anEtcdUser())
    const seen = () => kstatus(world.user() ?? anEtcdUser())
    world.auth.refuses = silent
    await world.settle()
    expect(seen()).toBe('InProgress')
    world.auth.refuses = () => undefined
    world.timePasses(1)
    await world.settle()
    expect(seen()).toBe('Current')
    world.auth.refuses = silent
    world.deletes()
    expect(seen()).toBe('Terminating')

    const taken = new UserWorld(anEtcdUser())
    taken.auth.userRoles.set('billing', new Set())
    await taken.settle()
    expect(kstatus(taken.user() ?? anEtcdUser())).toBe('Failed')
  })
})

describe('a name that is taken', () => {
  it('by a user that somebody else made, is left alone until a person gives it away', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    world.auth.userRoles.set('billing', new Set())
    world.auth.passwords.set('billing', 'theirs')
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'False', reason: 'UserTaken' })
    // A certificate with this name would be theirs.
    expect([world.auth.writes, world.names('secrets').includes('billing-etcd')]).toEqual([[], false])

    world.annotate({ [annotation.adopt]: 'true' })
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'True' })
    expect(world.auth.passwords.get('billing')).not.toBe('theirs')
  })

  it('by a role that somebody else made, is left alone', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    world.auth.permissions.set('billing', [])
    await world.settle()
    expect([world.ready()?.reason, world.auth.writes]).toEqual(['UserTaken', []])
  })

  it('by an older EtcdUser, stays with that one', async () => {
    const older = anEtcdUser({ user: 'shared' }, undefined, { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' })
    const younger = anEtcdUser({ user: 'shared' }, undefined, { name: 'b', creationTimestamp: '2026-02-01T00:00:00Z' })
    const world = new UserWorld(older, younger)
    await world.settle('b')
    await world.settle('a')
    expect(world.ready('b')).toMatchObject({ reason: 'UserTaken', message: expect.stringContaining('EtcdUser a') })
    expect(world.ready('a')).toMatchObject({ status: 'True' })
    expect(world.names('secrets')).not.toContain('b-etcd')
  })

  it('root is the operator alone', async () => {
    const world = new UserWorld(anEtcdUser({ user: 'root' }))
    await world.settle()
    expect([world.ready()?.reason, world.auth.writes, world.names('secrets').includes('billing-etcd')]).toEqual(['UserTaken', [], false])
  })

  it('by a Secret that somebody else made', async () => {
    const world = new UserWorld(anEtcdUser())
    world.secret('billing-etcd', { mine: 'x' })
    await world.settle()
    expect([world.ready()?.reason, world.entries(), world.auth.writes]).toEqual(['NameTaken', { mine: 'x' }, []])
  })

  it.each([
    ['in a restored cluster, whose users are those of the backup', { restore: {} }],
    ['in a cluster that was brought back with its volumes', { adopted: ['demo-0'] }],
  ])('%s, is taken over', async (_, bootstrap) => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    world.clusterSays({ bootstrap: bootstrap as never })
    world.auth.userRoles.set('billing', new Set(['billing']))
    world.auth.permissions.set('billing', [{ access: 'ReadWrite', key: 'billing/', rangeEnd: 'billing0' }])
    world.auth.enabled = true
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'True', reason: 'UserReady' })
    expect(world.auth.writes).toEqual(['ChangePassword'])
  })

  it('whose password somebody else knows loses that before it may do anything more', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app, { access: 'Read', key: 'more' }] }))
    world.clusterSays({ bootstrap: { restore: {} } as never })
    world.auth.userRoles.set('billing', new Set(['billing']))
    world.auth.permissions.set('billing', [])
    world.auth.passwords.set('billing', 'known to others')
    world.auth.enabled = true
    await world.settle()
    expect(world.auth.writes).toEqual(['ChangePassword', 'GrantPermission', 'GrantPermission'])
  })

  it.each<readonly [string, readonly string[] | undefined, boolean]>([
    ['has no role', [], false],
    ['has another role', ['billing', 'theirs'], true],
    ['has a role that is gone', ['billing'], false],
    ['is only a role', undefined, true],
  ])('in a restored cluster, by what is not as the operator makes users, is left alone: it %s', async (_, roles, hasRole) => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    world.clusterSays({ bootstrap: { restore: {} } as never })
    if (roles !== undefined) world.auth.userRoles.set('billing', new Set(roles))
    if (hasRole) world.auth.permissions.set('billing', [])
    await world.settle()
    expect([world.ready()?.reason, world.auth.writes]).toEqual(['UserTaken', []])
  })
})

describe('a password', () => {
  it('that is generated stands in the Secret, and lets the user in', async () => {
    const world = new UserWorld(anEtcdUser({ certificate: false, password: { generate: true } }))
    world.auth.enabled = true
    await world.settle()
    const { password, ...rest } = world.entries()
    expect(password?.length).toBeGreaterThan(20)
    expect(world.auth.passwords.get('billing')).toBe(password)
    expect(Object.keys(rest).filter((key) => key.startsWith('tls.'))).toEqual([])
    // Set with the user itself: nothing was tried, and nothing changed.
    expect([world.auth.writes.includes('ChangePassword'), world.auth.logins]).toEqual([false, 0])
  })

  it('of a Secret is waited for, tried, and changed only where etcd refuses it', async () => {
    const world = new UserWorld(anEtcdUser({ password: { secretName: 'mine', key: 'pw' } }))
    world.auth.enabled = true
    await world.settle()
    expect(world.ready()).toMatchObject({ reason: 'PasswordMissing', message: expect.stringContaining('no Secret mine') })
    world.secret('mine', { other: 'x' })
    world.timePasses(1)
    await world.settle()
    expect(world.ready()).toMatchObject({ reason: 'PasswordMissing', message: expect.stringContaining('no key pw') })
    world.secret('mine', { pw: 'first' })
    world.timePasses(1)
    await world.settle()
    expect([world.auth.passwords.get('billing'), world.entries().password]).toEqual(['first', 'first'])

    // The Secret is written again with the same password.
    world.auth.writes.length = 0
    world.secret('mine', { pw: 'first', note: 'x' })
    world.timePasses(12)
    await world.settle()
    expect([world.auth.writes, world.auth.logins > 0, world.ready()?.status]).toEqual([[], true, 'True'])

    world.secret('mine', { pw: 'second' })
    world.annotate({ [annotation.refresh]: 'now' })
    await world.settle()
    expect([world.auth.writes, world.auth.passwords.get('billing')]).toEqual([['ChangePassword'], 'second'])
  })

  it('that the spec asks for no more lets nobody in any more', async () => {
    const world = new UserWorld(anEtcdUser({ password: { generate: true } }))
    await world.settle()
    const { password } = world.entries()
    world.change({ password: {} })
    await world.settle()
    expect(world.entries().password).toBeUndefined()
    expect(world.auth.passwords.get('billing')).not.toBe(password)
  })

  it('that etcd can not take is told, and the user is not made with another one', async () => {
    const world = new UserWorld(anEtcdUser({ password: { secretName: 'mine' } }))
    world.secret('mine', { password: `${'ü'.repeat(36)}x` })
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'False', reason: 'PasswordUnfit', message: expect.stringContaining('73 bytes') })
    world.put('secrets', {
      ...world.read<Stored>('secrets/mine'),
      data: { password: Buffer.from([0x66, 0xff]).toString('base64') },
    } as never)
    world.timePasses(1)
    await world.settle()
    expect(world.ready()).toMatchObject({ reason: 'PasswordUnfit', message: expect.stringContaining('UTF-8') })
    expect([world.auth.writes, world.names('secrets').includes('billing-etcd')]).toEqual([[], false])
    world.secret('mine', { password: 'ü'.repeat(36) })
    world.timePasses(1)
    await world.settle()
    expect([world.ready()?.status, world.auth.passwords.get('billing')]).toEqual(['True', 'ü'.repeat(36)])
  })

  it.each([true, false])('that somebody edited in the Secret of the EtcdUser is put right, with authentication %s', async (isOn) => {
    const given = new UserWorld(anEtcdUser({ password: { secretName: 'mine' } }))
    given.secret('mine', { password: 'given' })
    const made = new UserWorld(anEtcdUser({ password: { generate: true } }))
    for (const world of [given, made]) {
      world.auth.enabled = isOn
      await world.settle()
      world.edit('billing-etcd', { password: 'edited' })
      world.timePasses(12)
      await world.settle()
      expect(world.entries().password).not.toBe('edited')
      expect(world.auth.passwords.get('billing')).toBe(world.entries().password)
      expect(world.ready()?.status).toBe('True')
    }
    // Of the given one etcd has not heard at all.
    expect([given.entries().password, given.auth.writes.includes('ChangePassword')]).toEqual(['given', false])
    expect(made.auth.writes.filter((write) => write === 'ChangePassword')).toHaveLength(1)
  })

  it('and a key stand nowhere but in the Secret', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app], password: { secretName: 'mine' } }))
    world.secret('mine', { password: 'canary-47d1' })
    world.auth.loses = (call) => (call === 'authWrite AddUser' ? silent() : undefined)
    await world.settle()
    world.auth.loses = () => undefined
    world.timePasses(1)
    await world.settle()
    expect(world.entries().password).toBe('canary-47d1')
    const keys = [world.entries()['tls.key'] ?? '', world.entries('demo-client-ca')['current.key'] ?? ''].map(
      (pem) => pem.split('\n')[1] ?? 'x',
    )
    const events = world.names('events').map((name) => world.read(`events/${name}`))
    const told = JSON.stringify([world.user(), events, world.logged])
    for (const canary of ['canary-47d1', ...keys]) expect(told.includes(canary)).toBe(false)
  })
})

describe('a certificate', () => {
  it('is renewed when a third of its life is left, and follows the CA', async () => {
    const world = new UserWorld(anEtcdUser())
    await world.settle()
    const first = world.entries()['tls.crt'] ?? ''
    world.timePasses(61 * 24 * 60)
    await world.settle()
    const second = world.entries()['tls.crt'] ?? ''
    expect(second).not.toBe(first)
    expect(Date.parse(world.status()?.certificateExpiry ?? '')).toBe(readCertificate(second)?.notAfter)

    world.caIs(1)
    await world.settle()
    const third = world.entries()['tls.crt'] ?? ''
    const ca = world.entries('demo-client-ca')['current.crt'] ?? ''
    expect([isIssuedBy(second, ca), isIssuedBy(third, ca)]).toEqual([false, true])
    expect(world.status()?.certificateIssuer).toBe(readCertificate(ca)?.fingerprint)
    // Nothing of it is a matter of etcd's.
    expect(world.auth.writes).toEqual(['AddRole', 'AddUser', 'GrantRole'])
  })

  it('of the CA before is told of until the new one is written, because that CA is trusted for so long', async () => {
    const world = new UserWorld(anEtcdUser())
    await world.settle()
    const before = world.status()?.certificateIssuer
    world.refuses = (_verb, plural) => (plural === 'secrets' ? new Failure('rejected', 'an admission policy') : undefined)
    world.caIs(1)
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'False', reason: 'RequestRejected' })
    expect(world.status()?.certificateIssuer).toBe(before)
    world.refuses = () => undefined
    world.timePasses(2)
    await world.settle()
    expect(world.status()?.certificateIssuer).not.toBe(before)
  })

  it.each<readonly [string, (world: UserWorld) => void]>([
    ['the Secret is gone', (world) => world.remove('secrets/billing-etcd')],
    ['its key is another one', (world) => world.edit('billing-etcd', { 'tls.key': world.entries('demo-client-ca')['current.key'] ?? '' })],
    ['it is garbage', (world) => world.edit('billing-etcd', { 'tls.crt': 'garbage' })],
    ['it is the CA itself', (world) => world.edit('billing-etcd', { 'tls.crt': world.entries('demo-client-ca')['current.crt'] ?? '' })],
    ['whom to trust was edited', (world) => world.edit('billing-etcd', { 'ca.crt': world.entries('demo-client-ca')['next.crt'] ?? '' })],
    ['where to connect to was edited', (world) => world.edit('billing-etcd', { uri: 'https://evil.example:2379', host: 'evil.example' })],
  ])('and the Secret are made again where %s', async (_, spoil) => {
    const world = new UserWorld(anEtcdUser({ password: { generate: true } }))
    await world.settle()
    const { 'ca.crt': trusted } = world.entries()
    spoil(world)
    world.timePasses(12)
    await world.settle()
    const { 'tls.crt': certificate = '', 'tls.key': key = '', 'ca.crt': trust, uri, host } = world.entries()
    expect(readCertificate(certificate)?.commonName).toBe('billing')
    expect(isKeyOf(key, certificate)).toBe(true)
    expect([trust, uri, host]).toEqual([trusted, 'https://demo.ns.svc:2379', 'demo.ns.svc'])
    expect(world.ready()?.status).toBe('True')
    expect(world.auth.passwords.get('billing')).toBe(world.entries().password)
  })

  it('and the Secret are left alone where somebody else has put theirs in its place', async () => {
    const world = new UserWorld(anEtcdUser())
    await world.settle()
    world.remove('secrets/billing-etcd')
    world.secret('billing-etcd', { 'tls.key': 'theirs' })
    world.timePasses(12)
    await world.settle()
    expect([world.ready()?.reason, world.entries()]).toEqual(['NameTaken', { 'tls.key': 'theirs' }])
    world.remove('secrets/billing-etcd')
    world.timePasses(12)
    await world.settle()
    expect([world.ready()?.status, world.entries().username]).toEqual(['True', 'billing'])
  })

  it('needs a cluster that speaks TLS', async () => {
    const world = new UserWorld(anEtcdUser())
    world.clusterSays({ tls: { mode: 'Off' } })
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'False', reason: 'AuthNeedsTls' })
    expect(world.auth.writes).toEqual([])
  })

  it('is issued from no CA that is not the cluster’s own', async () => {
    const world = new UserWorld(anEtcdUser())
    world.secret('demo-client-ca', world.entries('demo-client-ca'))
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'False', reason: 'NoClientCa' })
    expect(world.names('secrets')).not.toContain('billing-etcd')
  })
})

describe('an EtcdUser that is deleted', () => {
  it('takes its user and its role along, and nothing else', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    world.auth.userRoles.set('theirs', new Set())
    world.auth.permissions.set('theirs', [])
    await world.settle()
    world.deletes()
    await world.settle()
    expect(world.user()).toBeUndefined()
    expect([[...world.auth.userRoles.keys()], [...world.auth.permissions.keys()]]).toEqual([['theirs'], ['theirs']])
  })

  it('waits for a silent etcd, says the way round, and is Stalled after ten minutes', async () => {
    const world = new UserWorld(anEtcdUser())
    await world.settle()
    world.deletes()
    world.auth.refuses = silent
    await world.settle()
    expect(world.ready()).toMatchObject({ status: 'False', reason: 'DeletingUser', message: expect.stringContaining(userFinalizer) })
    world.timePasses(11)
    await world.settle()
    expect(world.status()?.conditions?.find(({ type }) => type === 'Stalled')?.status).toBe('True')
    world.auth.refuses = () => undefined
    world.timePasses(2)
    await world.settle()
    expect([world.user(), world.auth.userRoles.size]).toEqual([undefined, 0])
  })

  it('is let go at once where its cluster is gone, is being deleted, or never had its user', async () => {
    for (const change of ['gone', 'deleting', 'never'] as const) {
      const world = new UserWorld(anEtcdUser())
      if (change !== 'never') await world.settle()
      world.auth.refuses = silent
      if (change === 'gone') world.remove('etcdclusters/demo')
      if (change === 'deleting') {
        const cluster = world.read<{ metadata: object }>('etcdclusters/demo')
        world.put('etcdclusters', { ...cluster, metadata: { ...cluster?.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
      }
      world.deletes()
      await world.settle()
      expect(world.user(), change).toBeUndefined()
    }
  })

  it('has no finalizer while its cluster is gone', async () => {
    const world = new UserWorld(anEtcdUser())
    await world.settle()
    world.remove('etcdclusters/demo')
    await world.settle()
    expect([world.user()?.metadata.finalizers, world.ready()?.reason]).toEqual([[], 'ClusterNotFound'])
  })

  it('leaves a user alone that it had not claimed', async () => {
    const world = new UserWorld(anEtcdUser())
    world.auth.userRoles.set('billing', new Set())
    await world.settle()
    world.deletes()
    await world.settle()
    expect([world.user(), world.auth.userRoles.has('billing')]).toEqual([undefined, true])
  })
})

describe('a cluster', () => {
  it('that is paused keeps its users as they are', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    world.cluster({ paused: true })
    await world.settle()
    expect([world.ready()?.reason, world.auth.writes, world.writes]).toEqual(['Paused', [], ['patch etcdusers']])
  })

  it('that has no ID yet is waited for', async () => {
    const world = new UserWorld(anEtcdUser())
    world.clusterSays({ clusterID: undefined } as never)
    await world.settle()
    expect(world.ready()).toMatchObject({ reason: 'ClusterNotFormed' })
  })

  it('that was made again under its name gets its users again', async () => {
    const world = new UserWorld(anEtcdUser({ permissions: [app] }))
    await world.settle()
    const cluster = world.read<{ metadata: object }>('etcdclusters/demo')
    world.put('etcdclusters', { ...cluster, metadata: { ...cluster?.metadata, uid: 'uid-other' } })
    for (const name of ['demo-client-ca', 'demo-client']) {
      const secret = world.read<{ metadata: object }>(`secrets/${name}`)
      world.put('secrets', { ...secret, metadata: { ...secret?.metadata, ownerReferences: [{ uid: 'uid-other' }] } })
    }
    world.auth.userRoles.clear()
    world.auth.permissions.clear()
    await world.settle()
    expect([world.ready()?.status, world.auth.userRoles.has('billing'), world.status()?.claim?.clusterUID]).toEqual([
      'True',
      true,
      'uid-other',
    ])
  })
})
