import { once } from 'node:events'
import { request } from 'node:https'
import { expect } from 'vitest'
import type { Pod } from '../../src/adapters/kube/kinds.ts'
import { clientSecret, readSecret } from '../client/secret-of-client.ts'
import { type ClusterHandle, condition, idsOf, isStalled, uidsOf } from './cluster-handle.ts'
import { type Stage, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { publishedLongAgo } from './published-long-ago.ts'
import { until } from './until.ts'

scenario('a cluster begins encrypted on both ports, without a word in its manifest', { seconds: 120 }, async (stage) => {
  const { kubectl, k8s, namespace } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  const { status } = await demo.untilReady()
  expect(status?.endpoint).toBe(`https://demo.${namespace}.svc:2379`)
  expect(status?.tls).toMatchObject({ mode: 'Required' })
  await demo.until('it is proved', 90, (one) => condition(one, 'Encrypted')?.status === 'True')

  expect(await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'put', 'hello', 'world'])).toBe('OK\n')
  if (k8s.info.provider === 'local') await expectClosed(stage, await demo.pods())
})

scenario(
  'a cluster in plain text gets TLS, and gives it up again, under clients of which no write fails, while the operator is killed',
  { seconds: 420, alone: true },
  async (stage) => {
    const demo = stage.cluster('demo')
    await demo.create({ size: 3, tls: { mode: 'Off' } })
    await demo.untilReady()
    const [ids, pods] = [await idsOf(demo), uidsOf(await demo.pods())]
    // As one that began before there was TLS: its spec says nothing, and it stays as it is.
    await demo.change({ tls: { mode: null } })
    expect((await demo.untilReady()).status?.tls?.mode).toBe('Off')
    expect(uidsOf(await demo.pods())).toEqual(pods)
    await isHealthyWithoutFlags(stage)

    const plain = await stage.writer({ tls: false, name: 'plain' })
    await modeIs(demo, 'Optional')
    await isHealthyWithoutFlags(stage)
    const encrypted = await stage.writer({ tls: true, name: 'encrypted' })
    // Nobody speaks plain text from here on.
    expect(await plain.verify()).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })

    await demo.change({ tls: { mode: 'Required' } })
    await demo.until('a member is restarted', 60, ({ status }) => (status?.rollout?.updated ?? 0) >= 1)
    await crash(stage.k8s, await leadingPod(stage.k8s))
    await modeIs(demo, 'Required')
    await demo.until('it is proved', 90, (one) => condition(one, 'Encrypted')?.status === 'True')
    await expectClosed(stage, await demo.pods())
    await isHealthyWithoutFlags(stage)

    await modeIs(demo, 'Optional')
    expect(await encrypted.verify()).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
    const late = await stage.writer({ tls: false, name: 'late' })
    await modeIs(demo, 'Off')
    expect(await late.verify()).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
    expect(await idsOf(demo)).toEqual(ids)
    await untilOperatorIsWhole(stage.k8s)
  },
)

scenario(
  'certificates with another name, and another CA, come under a client, and nothing is restarted',
  { seconds: 240, alone: true },
  async (stage) => {
    const { k8s, kubectl, namespace } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    await demo.untilReady()
    const before = { pods: uidsOf(await demo.pods()), files: await readSecret(k8s, namespace, clientSecret('demo')) }
    const client = await stage.writer()
    await demo.change({ tls: { extraNames: ['etcd.example.com'] } })
    for (const pod of k8s.info.provider === 'local' ? await demo.pods() : [])
      await until(`${pod.metadata.name} serves the other certificate`, 150, async () =>
        (await versionOverTls(pod.status?.podIP ?? '', 'etcd.example.com', filesOf(before.files))) === 200 ? true : undefined,
      )
    await publishedLongAgo(stage, 'demo')
    await kubectl(['annotate', 'ec', 'demo', 'etcd-operator.dev/rotate-ca=now'])
    await demo.until('both CAs were exchanged', 120, ({ status }) => (status?.tls?.caGeneration ?? 1) > 1)
    await demo.untilReady(60)
    const after = await readSecret(k8s, namespace, clientSecret('demo'))
    expect(after?.['tls.crt']).not.toBe(before.files?.['tls.crt'])
    // It reads its files anew, and goes on; so does one that has just come.
    await client.refresh()
    const late = await stage.writer({ name: 'late' })
    expect(await late.verify()).toMatchObject({ failed: 0, verification: { lost: 0 } })
    expect(await client.verify()).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
    expect(uidsOf(await demo.pods())).toEqual(before.pods)
  },
)

scenario('a CA that is lost is told, and no other takes its place', { seconds: 150 }, async ({ k8s, cluster, kubectl, namespace }) => {
  const demo = cluster('demo')
  await demo.create({ size: 1 })
  await demo.untilReady()
  const saved = await kubectl(['get', 'secret', 'demo-client-ca', '--output=json'])
  await kubectl(['delete', 'secret', 'demo-client-ca'])
  await kubectl(['annotate', 'ec', 'demo', 'etcd-operator.dev/refresh=now'])
  await demo.until('it is told', 60, (one) => isStalled(one, 'CaLost'))
  expect(await readSecret(k8s, namespace, 'demo-client-ca')).toBeUndefined()
  expect(await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'put', 'still', 'there'])).toBe('OK\n')
  const { metadata, ...rest } = JSON.parse(saved)
  const { name, labels, annotations, ownerReferences } = metadata
  await kubectl(['create', '--filename', '-'], JSON.stringify({ ...rest, metadata: { name, labels, annotations, ownerReferences } }))
  await kubectl(['annotate', 'ec', 'demo', '--overwrite', 'etcd-operator.dev/refresh=again'])
  await demo.untilReady(60)
})

async function modeIs(demo: ClusterHandle, mode: 'Off' | 'Optional' | 'Required'): Promise<void> {
  await demo.change({ tls: { mode } })
  await demo.until(`every member runs ${mode}`, 120, ({ status }) => status?.tls?.mode === mode)
  await demo.untilReady(60)
}

/** etcdctl finds the member in whose pod it is run, however that listens. */
async function isHealthyWithoutFlags({ kubectl }: Stage): Promise<void> {
  for (const member of ['demo-0', 'demo-1', 'demo-2']) await kubectl(['exec', member, '--', 'etcdctl', 'endpoint', 'health'])
}

/** No member answers plain text on either port, nor a client that trusts it and shows nothing. */
async function expectClosed({ k8s, namespace }: Stage, pods: readonly Pod[]): Promise<void> {
  const files = await readSecret(k8s, namespace, clientSecret('demo'))
  for (const { metadata, status } of pods) {
    for (const port of [2379, 2380]) {
      const isTaken = await fetch(`http://${status?.podIP}:${port}/version`, { signal: AbortSignal.timeout(5_000) }).then(
        ({ ok }) => ok,
        () => false,
      )
      expect(isTaken, `${metadata.name} takes plain text on ${port}`).toBe(false)
    }
    const serverName = `${metadata.name}.demo-peers.${namespace}.svc`
    const certless = versionOverTls(status?.podIP ?? '', serverName, { ca: files?.['ca.crt'] })
    await expect(certless, `${metadata.name} takes a client without a certificate`).rejects.toThrow(/certificate required|bad certificate/)
    expect(await versionOverTls(status?.podIP ?? '', serverName, filesOf(files))).toBe(200)
  }
}

function filesOf(secret: Readonly<Record<string, string>> | undefined) {
  return { ca: secret?.['ca.crt'], cert: secret?.['tls.crt'], key: secret?.['tls.key'] }
}

async function versionOverTls(host: string, servername: string, files: object): Promise<number | undefined> {
  const outgoing = request({ host, port: 2379, path: '/version', servername, agent: false, signal: AbortSignal.timeout(10_000), ...files })
  outgoing.end()
  const [incoming] = await once(outgoing, 'response')
  incoming.resume()
  return incoming.statusCode
}
