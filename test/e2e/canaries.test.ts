import { expect } from 'vitest'
import { backupHandle } from './backup-handle.ts'
import { backupVolume } from './backup-volume.ts'
import { canariesOf, findsIn } from './canaries.ts'
import { type Stage, scenario } from './harness.ts'
import { operatorNamespace } from './install.ts'
import { restoreHandle } from './restore-handle.ts'

/** S17: private keys and passwords are in Secrets, and nowhere else that a person or a program may read. */

const password = 'canary-4f1c8d0b6a2e'

scenario('no key and no password is told anywhere but in its Secret', { seconds: 420 }, async (stage) => {
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
  const volume = await backupVolume(stage)
  await backupHandle(stage, 'b1').create()
  await backupHandle(stage, 'b1').untilCompleted(90)
  await restoreHandle(stage, 'r1').create({ source: { backup: 'b1' }, cluster: 'copy' })
  await restoreHandle(stage, 'r1').untilEnded(180)
  const restored = await everythingIn(stage)
  await kubectl(['annotate', 'ec', 'demo', 'kubectl.kubernetes.io/restartedAt=now', 'etcd-operator.dev/refresh=now'])
  await demo.until('the members are restarted', 60, ({ status }) => status?.rollout !== undefined)
  await demo.untilReady(180)
  await kubectl(['patch', 'secret', 'given', '--patch', JSON.stringify({ stringData: { password: `${password}-2` } })])
  await kubectl(['patch', 'secret', 'demo-server-tls', '--patch', JSON.stringify({ stringData: { 'tls.key': 'no key at all' } })])
  await kubectl(['annotate', 'ec', 'demo', 'etcd-operator.dev/refresh=again', '--overwrite'])
  await demo.until('that was looked at', 60, ({ status, metadata }) => status?.observedGeneration === metadata.generation)

  const secrets = JSON.parse(await kubectl(['get', 'secrets', '--output=json'])).items
  const canaries = [...canariesOf(secrets), { of: 'given', needles: [password, Buffer.from(password).toString('base64').slice(0, 24)] }]
  expect(canaries.length).toBeGreaterThan(8)
  // A search that finds nothing where all of it lies would prove nothing.
  expect(findsIn('the Secrets', JSON.stringify(secrets), canaries)).toHaveLength(canaries.length)

  const places = new Map([
    ...(await everythingIn(stage)),
    ...[...restored].map(([place, text]) => [`${place}, earlier`, text] as const),
    ['manifest of the backup', await volume.shell('cat demo/b1.db.json')],
  ])
  expect([...places.values()].every((text) => text !== '')).toBe(true)
  expect([...places].flatMap(([place, text]) => findsIn(place, text, canaries))).toEqual([])
})

function user(name: string, words: object): object {
  const permissions = [{ access: 'ReadWrite', prefix: `${name}/` }]
  return {
    apiVersion: 'etcd-operator.dev/v1alpha1',
    kind: 'EtcdUser',
    metadata: { name },
    spec: { cluster: 'demo', permissions, password: words },
  }
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
