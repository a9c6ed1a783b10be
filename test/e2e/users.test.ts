import { expect } from 'vitest'
import type { EtcdUser } from '../../src/api/etcd-user.ts'
import { readSecret } from '../client/secret-of-client.ts'
import { condition } from './cluster-handle.ts'
import { etcdctlAs as etcdctl } from './etcdctl-as.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { until } from './until.ts'

const writing = { access: 'ReadWrite', prefix: 'writer/' }

scenario(
  'authentication comes on and goes off under a client with a certificate, and no write fails',
  { seconds: 300, alone: true },
  async (stage) => {
    const { k8s, kubectl } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3, tls: { mode: 'Required' } })
    await demo.untilReady(120)
    await user(stage, 'app', { permissions: [writing] })
    await user(stage, 'reader', { permissions: [{ access: 'Read', prefix: 'writer/' }], password: { generate: true } })
    expect(await readyOf(stage, 'app')).toMatchObject({ reason: 'AuthOff' })
    const before = (await demo.pods()).map(({ metadata }) => metadata.uid)
    const client = await stage.writer({ writers: 2, secret: 'app-etcd', repeats: false })

    await client.phase('on')
    await demo.change({ auth: { enabled: true } })
    // The operator is killed in the middle.
    await until('root is there', 60, async () => ((await demo.get()).status?.auth?.managed?.users?.includes('root') ? true : undefined))
    await crash(k8s, await leadingPod(k8s))
    await demo.until('authentication is proved', 120, (seen) => condition(seen, 'Authenticated')?.status === 'True')
    await untilOperatorIsWhole(k8s)
    const on = await demo.untilReady()
    expect(on.status?.auth).toMatchObject({ enabled: true, managed: { users: ['app', 'reader', 'root'], roles: ['app', 'reader'] } })

    await until('the user says so', 30, async () => ((await readyOf(stage, 'app'))?.reason === 'UserReady' ? true : undefined))
    expect(await etcdctl(stage, 'app-etcd', ['get', 'writer/', '--prefix', '--limit=1', '--keys-only'])).toContain('writer/')
    await expect(etcdctl(stage, 'app-etcd', ['get', 'other/', '--prefix'])).rejects.toThrow(/permission denied/)
    await expect(etcdctl(stage, 'reader-etcd', ['put', 'writer/x', 'y'])).rejects.toThrow(/permission denied/)
    await expect(etcdctl(stage, 'demo-client', ['get', 'writer/', '--prefix'])).rejects.toThrow(/permission denied|user name/)

    await client.phase('off')
    await demo.change({ auth: { enabled: false } })
    await demo.until('authentication is off', 60, (seen) => seen.status?.auth?.enabled === false)
    await demo.untilReady()
    expect(await etcdctl(stage, 'demo-client', ['get', 'writer/', '--prefix', '--limit=1', '--keys-only'])).toContain('writer/')
    const report = await client.verify()
    expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
    expect((await demo.pods()).map(({ metadata }) => metadata.uid)).toEqual(before)

    await kubectl(['delete', 'etcduser', 'app', '--timeout=60s'])
    await until('its Secret is gone', 60, async () =>
      (await kubectl(['get', 'secret', 'app-etcd', '--ignore-not-found'])) === '' ? true : undefined,
    )
    await demo.until('it is forgotten', 60, (seen) => seen.status?.auth?.managed?.users?.includes('app') === false)
  },
)

scenario(
  'users of others are left alone, what others edit is put right, and with its cluster an EtcdUser goes at once',
  { seconds: 240 },
  async (stage) => {
    const { kubectl } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 1, tls: { mode: 'Required' } })
    await demo.untilReady(120)
    await etcdctl(stage, 'demo-client', ['user', 'add', 'theirs', '--new-user-password=x'])
    await apply(stage, 'theirs', {})
    await until('the name is taken', 60, async () => ((await readyOf(stage, 'theirs'))?.reason === 'UserTaken' ? true : undefined))
    expect(await kubectl(['get', 'secret', 'theirs-etcd', '--ignore-not-found'])).toBe('')
    await user(stage, 'app', { permissions: [writing] })

    // By hand in etcd: more rights for app. What else somebody makes there stays.
    for (const words of ['role add theirs', 'role grant-permission app readwrite other/', 'user grant-role app theirs'])
      await etcdctl(stage, 'demo-client', words.split(' '))
    await kubectl(['patch', 'secret', 'app-etcd', '--patch', JSON.stringify({ stringData: { uri: 'https://elsewhere:2379' } })])
    await lookAgain(stage, 1)
    await until('app may do what its EtcdUser says', 60, async () => {
      const [user, role] = [
        await etcdctl(stage, 'demo-client', ['user', 'get', 'app']),
        await etcdctl(stage, 'demo-client', ['role', 'get', 'app']),
      ]
      return user.includes('theirs') || role.includes('other/') ? undefined : true
    })
    expect(await etcdctl(stage, 'demo-client', ['role', 'list'])).toContain('theirs')
    expect(await etcdctl(stage, 'demo-client', ['user', 'list'])).toContain('theirs')
    await until('its Secret says where to connect to', 60, async () =>
      (await entry(stage, 'app-etcd', 'uri')) === `https://demo.${stage.namespace}.svc:2379` ? true : undefined,
    )

    // The Secret is gone, and somebody else's is in its place.
    await kubectl(['delete', 'secret', 'app-etcd'])
    await kubectl(['create', 'secret', 'generic', 'app-etcd', '--from-literal=tls.key=theirs'])
    await lookAgain(stage, 2)
    await until('somebody else has the name', 60, async () => ((await readyOf(stage, 'app'))?.reason === 'NameTaken' ? true : undefined))
    expect(await entry(stage, 'app-etcd', 'tls.key')).toBe('theirs')
    await kubectl(['delete', 'secret', 'app-etcd'])
    await lookAgain(stage, 3)
    await until('its Secret is made again', 60, async () => ((await entry(stage, 'app-etcd', 'username')) === 'app' ? true : undefined))

    await demo.delete()
    await kubectl(['delete', 'etcdusers', '--all', '--timeout=30s'])
  },
)

scenario(
  'a cluster that is brought back with its volumes keeps its users, and authentication stays on',
  { seconds: 240, skip: !isLong },
  async (stage) => {
    const { kubectl } = stage
    const demo = stage.cluster('demo')
    const wish = { size: 1, tls: { mode: 'Required' }, auth: { enabled: true } } as const
    const authenticated = () => demo.until('authentication is proved', 60, (seen) => condition(seen, 'Authenticated')?.status === 'True')
    await demo.create(wish)
    await demo.untilReady(120)
    await user(stage, 'app', { permissions: [writing] })
    await authenticated()
    await etcdctl(stage, 'app-etcd', ['put', 'writer/1', 'kept'])
    await demo.delete()
    await until('the pods are gone', 60, async () => ((await kubectl(['get', 'pods', '--output=name'])) === '' ? true : undefined))

    await demo.create({ ...wish, bootstrap: { existingVolumes: 'Adopt' } })
    await demo.untilReady(120)
    await authenticated()
    const { uid } = (await demo.get()).metadata
    const claim = ['get', 'etcduser', 'app', '--output=jsonpath={.status.claim.clusterUID}']
    await until('the user is claimed anew', 60, async () => ((await kubectl(claim)) === uid ? true : undefined))
    await until('it is ready', 60, async () => ((await readyOf(stage, 'app'))?.reason === 'UserReady' ? true : undefined))
    expect(await etcdctl(stage, 'app-etcd', ['get', 'writer/1', '--print-value-only'])).toBe('kept\n')
  },
)

async function apply({ kubectl }: Stage, name: string, spec: object): Promise<void> {
  const object = { apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdUser', metadata: { name }, spec: { cluster: 'demo', ...spec } }
  await kubectl(['apply', '--filename', '-'], JSON.stringify(object))
}

async function user(stage: Stage, name: string, spec: object): Promise<void> {
  await apply(stage, name, spec)
  await stage.kubectl(['wait', '--for=condition=Ready', `etcduser/${name}`, '--timeout=60s', '--request-timeout=0'])
}

async function readyOf({ kubectl }: Stage, name: string) {
  const { status } = JSON.parse(await kubectl(['get', 'etcduser', name, '--output=json'])) as EtcdUser
  return status?.conditions?.find(({ type }) => type === 'Ready')
}

/** Secrets are not watched: this asks for a look before ten minutes are over. */
async function lookAgain({ kubectl }: Stage, time: number): Promise<void> {
  await kubectl(['annotate', 'ec', 'demo', `etcd-operator.dev/refresh=${time}`, '--overwrite'])
}

/** An entry of a Secret, in plain text; undefined where there is none. */
async function entry({ k8s, namespace }: Stage, secret: string, key: string): Promise<string | undefined> {
  return (await readSecret(k8s, namespace, secret))?.[key]
}
