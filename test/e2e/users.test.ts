import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { EtcdUser } from '../../src/api/etcd-user.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { timedProgress } from '../cluster/progress.ts'
import { condition, etcdVersion } from './cluster-handle.ts'
import { saveSecret } from './etcdctl-flags.ts'
import { forwarded } from './forwarded.ts'
import { type Stage, scenario } from './harness.ts'
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

scenario('users of others are left alone, and an EtcdUser whose cluster is deleted goes at once', { seconds: 240 }, async (stage) => {
  const { kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 1, tls: { mode: 'Required' } })
  await demo.untilReady(120)
  await etcdctl(stage, 'demo-client', ['user', 'add', 'theirs', '--new-user-password=x'])
  await apply(stage, 'theirs', {})
  await until('the name is taken', 60, async () => ((await readyOf(stage, 'theirs'))?.reason === 'UserTaken' ? true : undefined))
  expect(await kubectl(['get', 'secret', 'theirs-etcd', '--ignore-not-found'])).toBe('')
  await user(stage, 'app', { permissions: [writing] })

  await kubectl(['delete', 'secret', 'app-etcd'])
  await kubectl(['annotate', 'ec', 'demo', 'etcd-operator.dev/refresh=now'])
  await until('its Secret is made again', 60, async () =>
    (await kubectl(['get', 'secret', 'app-etcd', '--ignore-not-found'])) !== '' ? true : undefined,
  )

  await demo.delete()
  await kubectl(['delete', 'etcdusers', '--all', '--timeout=30s'])
})

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

/** With what a Secret holds, as a person does from their own machine. */
async function etcdctl({ k8s, namespace }: Stage, secret: string, args: readonly string[]): Promise<string> {
  await ensureBinaries([`etcd-${etcdVersion}/etcdctl`], { progress: timedProgress() })
  const folder = await saveSecret(k8s, namespace, secret)
  const file = (name: string) => join(folder, name)
  return forwarded(k8s, namespace, 'service/demo', async (port) => {
    const flags = [
      '--endpoints',
      `https://127.0.0.1:${port}`,
      '--cacert',
      file('ca.crt'),
      '--cert',
      file('tls.crt'),
      '--key',
      file('tls.key'),
    ]
    const { stdout } = await promisify(execFile)(etcdBinary(etcdVersion, 'etcdctl'), [...flags, ...args])
    return stdout
  })
}
