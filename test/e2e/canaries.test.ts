import { expect } from 'vitest'
import { readSecret } from '../client/secret-of-client.ts'
import { backupHandle } from './backup-handle.ts'
import { backupVolume } from './backup-volume.ts'
import { canariesOf, findsIn } from './canaries.ts'
import { condition } from './cluster-handle.ts'
import { etcdctlAs } from './etcdctl-as.ts'
import { type Stage, scenario } from './harness.ts'
import { operatorNamespace } from './install.ts'
import { endOf, restoreHandle } from './restore-handle.ts'
import { until } from './until.ts'

/** S17: private keys and passwords are in Secrets, and nowhere else that a person or a program may read. */

const password = 'canary-4f1c8d0b6a2e'
const edited = 'canary-edited-91d7'

scenario(
  'users come back from a backup, and no key and no password is told anywhere but in its Secret',
  { seconds: 420 },
  async (stage) => {
    const { kubectl } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 3, tls: { mode: 'Required' }, auth: { enabled: true } })
    await kubectl(['create', 'secret', 'generic', 'given', `--from-literal=password=${password}`])
    await kubectl(
      ['apply', '--filename', '-'],
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [user('generated', { generate: true }), user('chosen', { secretName: 'given', key: 'password' })],
      }),
    )
    await demo.untilReady(120)
    await kubectl(['wait', '--for=condition=Ready', 'etcdusers', '--all', '--timeout=60s', '--request-timeout=0'])

    // What a cluster goes through: a backup, a restore, a roll, a renewal, another password, and what goes wrong on the way.
    await etcdctlAs(stage, 'generated-etcd', ['put', 'generated/1', 'kept'])
    const volume = await backupVolume(stage)
    await backupHandle(stage, 'b1').create()
    const early = await secretsIn(stage)
    await backupHandle(stage, 'b1').untilCompleted(90)
    const manifest = await volume.shell('cat demo/b1.db.json')
    expect(JSON.parse(manifest)).toMatchObject({ authEnabled: true })
    await restoreHandle(stage, 'r1').create({ source: { backup: 'b1' }, cluster: 'copy' })
    expect(endOf(await restoreHandle(stage, 'r1').untilEnded(180))).toBe('Completed')

    // The users of the snapshot are there, with authentication on, and an EtcdUser takes its own over: with its spec, and other keys.
    await kubectl(
      ['apply', '--filename', '-'],
      JSON.stringify(user('returned', { generate: true }, { cluster: 'copy', user: 'generated' })),
    )
    await kubectl(['wait', '--for=condition=Ready', 'etcduser/returned', '--timeout=60s', '--request-timeout=0'])
    await stage.cluster('copy').until('authentication is proved', 60, (seen) => condition(seen, 'Authenticated')?.status === 'True')
    expect(await etcdctlAs(stage, 'returned-etcd', ['get', 'generated/1', '--print-value-only'], 'copy')).toBe('kept\n')
    await expect(etcdctlAs(stage, 'returned-etcd', ['get', 'chosen/', '--prefix'], 'copy')).rejects.toThrow(/permission denied/)
    await expect(
      etcdctlAs(stage, 'generated-etcd', ['get', 'generated/1', '--dial-timeout=2s', '--command-timeout=2s'], 'copy'),
    ).rejects.toThrow()
    const restored = await everythingIn(stage)
    await kubectl(['annotate', 'ec', 'demo', 'kubectl.kubernetes.io/restartedAt=now', 'etcd-operator.dev/refresh=now'])
    await demo.until('the members are restarted', 60, ({ status }) => status?.rollout !== undefined)
    await demo.untilReady(180)
    await kubectl(['patch', 'secret', 'given', '--patch', JSON.stringify({ stringData: { password: `${password}-2` } })])
    await kubectl(['patch', 'secret', 'generated-etcd', '--patch', JSON.stringify({ stringData: { password: edited } })])
    await kubectl(['patch', 'secret', 'demo-server-tls', '--patch', JSON.stringify({ stringData: { 'tls.key': 'no key at all' } })])
    await kubectl(['annotate', 'ec', 'demo', 'etcd-operator.dev/refresh=again', '--overwrite'])
    await until('the edited password is put right', 60, async () =>
      (await readSecret(stage.k8s, stage.namespace, 'generated-etcd'))?.password === edited ? undefined : true,
    )
    await until('the other password is taken up', 60, async () =>
      (await readSecret(stage.k8s, stage.namespace, 'chosen-etcd'))?.password === `${password}-2` ? true : undefined,
    )

    const secrets = [...early, ...(await secretsIn(stage))]
    const told = [password, edited].map((text) => ({ of: text, needles: [text, Buffer.from(text).toString('base64').slice(0, 22)] }))
    const canaries = [...canariesOf(secrets), ...told]
    expect(canaries.length).toBeGreaterThan(8)
    // A search that finds nothing where all of it lies would prove nothing.
    expect(findsIn('the Secrets', `${JSON.stringify(secrets)} ${edited}`, canaries)).toHaveLength(canaries.length)

    const places = new Map([
      ...(await everythingIn(stage)),
      ...[...restored].map(([place, text]) => [`${place}, earlier`, text] as const),
      ['manifest of the backup', manifest],
    ])
    expect([...places.values()].every((text) => text !== '')).toBe(true)
    expect([...places].flatMap(([place, text]) => findsIn(place, text, canaries))).toEqual([])
  },
)

function user(name: string, words: object, { cluster = 'demo', user = '' } = {}): object {
  const permissions = [{ access: 'ReadWrite', prefix: `${user || name}/` }]
  return {
    apiVersion: 'etcd-operator.dev/v1alpha1',
    kind: 'EtcdUser',
    metadata: { name },
    spec: { cluster, user, permissions, password: words },
  }
}

async function secretsIn({ kubectl }: Stage) {
  return JSON.parse(await kubectl(['get', 'secrets', '--output=json'])).items
}

const kinds = [
  ...['configmaps', 'pods', 'services', 'events', 'persistentvolumeclaims', 'statefulsets', 'jobs', 'poddisruptionbudgets'],
  ...['networkpolicies', 'etcdclusters', 'etcdusers', 'etcdbackups', 'etcdrestores'],
]

/** Every object of the namespace but its Secrets, the logs of its pods, and the log and the metrics of the operator. */
async function everythingIn({ k8s, kubectl }: Stage): Promise<ReadonlyMap<string, string>> {
  const objects = await kubectl(['get', kinds.join(','), '--output=json', '--show-managed-fields'])
  const pods = (await kubectl(['get', 'pods', '--output=jsonpath={.items[*].metadata.name}'])).split(' ')
  const logs = await Promise.all(
    pods.map(
      async (pod) => [`log of ${pod}`, await kubectl(['logs', pod, '--all-containers', '--prefix']).catch(() => 'none yet')] as const,
    ),
  )
  const own = ['--namespace', operatorNamespace, 'logs', '--selector', 'app.kubernetes.io/name=etcd-operator', '--tail=-1']
  const names = await k8s.kubectl(['--namespace', operatorNamespace, 'get', 'pods', '--output=jsonpath={.items[*].metadata.name}'])
  const metrics = await Promise.all(
    names.split(' ').map((name) => k8s.request('GET', `/api/v1/namespaces/${operatorNamespace}/pods/${name}:8080/proxy/metrics`)),
  )
  return new Map([
    ['objects', objects],
    ['log of the operator', await k8s.kubectl(own)],
    ['metrics of the operator', metrics.join('\n')],
    ...logs,
  ])
}
