import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCertificate } from '../../../src/adapters/x509.ts'
import { anEtcdUser } from '../../builders/a-user.ts'
import { silent, UserWorld } from './user-world.ts'

const app = { access: 'ReadWrite', prefix: 'app/' } as const
const motd = { access: 'Read', key: 'motd' } as const

/** What may happen next: an operator that looks or dies, people, and what goes wrong on the wire. */
const happenings = {
  'the operator looks': (world) => world.pass(),
  'the operator is started again': (world) => world.restarts(),
  'a quarter of an hour goes by': (world) => world.timePasses(15),
  'the next write is lost on its way': (world) => once(world, 'refuses'),
  'the reply to the next write is lost': (world) => once(world, 'loses'),
  'etcd falls silent': (world) => {
    world.auth.refuses = silent
  },
  'etcd answers again': (world) => {
    world.auth.refuses = () => undefined
  },
  'the permissions are changed': (world) =>
    world.change({ admin: false, permissions: world.user()?.spec.permissions.length === 1 ? [app, motd] : [app] }),
  'it becomes an admin': (world) => world.change({ admin: true, permissions: [] }),
  'a password is asked for': (world) => world.change({ password: { generate: true } }),
  'no password is asked for': (world) => world.change({ password: {} }),
  'authentication is switched': (world) => {
    world.auth.enabled = !world.auth.enabled
    world.clusterSays({ auth: { enabled: world.auth.enabled } })
  },
  'the cluster is paused': (world) => world.cluster({ paused: true }),
  'the cluster goes on': (world) => world.cluster({}),
  'the Secret is deleted': (world) => world.remove('secrets/billing-etcd'),
  'the CA is exchanged': (world) => world.caIs(1),
  'somebody makes that very user, where there is none': (world) => {
    if (!world.auth.userRoles.has('billing') && world.status()?.claim === undefined) {
      world.auth.userRoles.set('billing', new Set(['theirs']))
      world.auth.passwords.set('billing', 'theirs')
    }
  },
  'somebody changes the user': (world) => {
    world.auth.userRoles.get('billing')?.add('theirs')
    if (world.auth.permissions.has('billing')) world.auth.permissions.set('billing', [motd as never])
  },
  'somebody deletes the user': (world) => {
    world.auth.userRoles.delete('billing')
    world.auth.permissions.delete('billing')
  },
} satisfies Readonly<Record<string, (world: UserWorld) => unknown>>
type Happening = keyof typeof happenings

test('whatever happens, users of others stay as they are, nobody gets their certificate, and all is well in the end', async () => {
  const names = Object.keys(happenings) as Happening[] // It has no others.
  const often: readonly Happening[] = ['the operator looks', 'the operator looks', 'the operator looks']
  const trace = fc.array(fc.constantFrom(...names, ...often, ...often, ...often), { minLength: 5, maxLength: 40 })
  await fc.assert(fc.asyncProperty(trace, play), { numRuns: 150, seed: 13 })
}, 120_000)

async function play(trace: readonly Happening[]): Promise<void> {
  const world = new UserWorld(anEtcdUser({ permissions: [app] }))
  world.auth.userRoles.set('theirs', new Set(['theirs']))
  world.auth.permissions.set('theirs', [])
  world.auth.passwords.set('theirs', 'theirs')
  for (const happening of trace) {
    const before = { writes: world.auth.writes.length, isClaimed: world.status()?.claim !== undefined, isPaused: isPaused(world) }
    await Promise.resolve(happenings[happening](world)).catch(() => undefined)
    check(world, before, happening)
  }
  await makeWell(world)
  expect(world.ready()).toMatchObject({ status: 'True' })
  const { admin, permissions } = world.user()?.spec ?? { admin: false, permissions: [] }
  expect(world.auth.userRoles.get('billing')).toEqual(new Set([admin ? 'root' : 'billing']))
  expect(world.auth.permissions.get('billing')?.length).toBe(admin ? undefined : permissions.length)
  const { password } = world.entries()
  if (password !== undefined) expect(world.auth.passwords.get('billing')).toBe(password)
}

interface Before {
  readonly writes: number
  readonly isClaimed: boolean
  readonly isPaused: boolean
}

function check(world: UserWorld, before: Before, happening: Happening): void {
  expect(world.auth.passwords.get('theirs')).toBe('theirs')
  expect([...(world.auth.userRoles.get('theirs') ?? [])]).toEqual(['theirs'])
  expect(world.auth.permissions.get('theirs')).toEqual([])
  expect(world.auth.userRoles.has('root')).toBe(false)
  const wrote = world.auth.writes.length > before.writes
  if (wrote) expect([before.isClaimed, before.isPaused, happening]).toEqual([true, false, 'the operator looks'])
  // What somebody else made is never claimed, until a person gives it away in the end.
  const isTheirs = world.auth.userRoles.has('billing') && world.auth.passwords.get('billing') === 'theirs'
  if (isTheirs) expect(world.status()?.claim).toBeUndefined()
  const certificate = world.entries()['tls.crt']
  if (certificate === undefined) return
  expect([readCertificate(certificate)?.commonName, world.status()?.claim?.user]).toEqual(['billing', 'billing'])
}

/** Nothing goes wrong any more, and a person gives away what somebody else made. */
async function makeWell(world: UserWorld): Promise<void> {
  world.refuses = () => undefined
  world.loses = () => undefined
  world.auth.refuses = () => undefined
  world.auth.loses = () => undefined
  world.cluster({})
  world.annotate({ 'etcd-operator.dev/adopt': 'true' })
  for (let look = 0; look < 8; look++) {
    world.restarts()
    world.timePasses(1)
    await world.settle()
  }
}

function isPaused(world: UserWorld): boolean {
  return world.read<{ spec: { paused: boolean } }>('etcdclusters/demo')?.spec.paused === true
}

/** At the API server or at etcd, whichever is written to first. */
function once(world: UserWorld, where: 'refuses' | 'loses'): void {
  let left = 1
  const fail = () => (left-- > 0 ? silent() : undefined)
  world[where] = fail
  world.auth[where] = (call) => (call.startsWith('authWrite') ? fail() : undefined)
}
