import { expect } from 'vitest'
import { etcdVersion } from './cluster-handle.ts'
import { scenario } from './harness.ts'

const good = { size: 3, version: etcdVersion, storage: { size: '1Gi' } }

/** Each says what is wrong with it, and what to write instead. */
const refused: readonly { readonly title: string; readonly name?: string; readonly spec: object; readonly says: RegExp }[] = [
  { title: 'an even size', spec: { ...good, size: 4 }, says: /must be 1, 3, 5 or 7/ },
  { title: 'no members', spec: { ...good, size: 0 }, says: /to have no cluster, delete the EtcdCluster/ },
  { title: 'nine members', spec: { ...good, size: 9 }, says: /must be 1, 3, 5 or 7/ },
  { title: 'no version', spec: { storage: { size: '1Gi' } }, says: /spec\.version: Required/ },
  { title: 'a leading v', spec: { ...good, version: 'v3.6.16' }, says: /without a leading v/ },
  { title: 'a minor version alone', spec: { ...good, version: '3.6' }, says: /must be x\.y\.z/ },
  { title: 'an etcd of long ago', spec: { ...good, version: '3.4.30' }, says: /between 3\.5\.11 .* and 3\.7/ },
  { title: 'an etcd of the future', spec: { ...good, version: '4.0.0' }, says: /between 3\.5\.11 .* and 3\.7/ },
  { title: 'no storage', spec: { version: etcdVersion }, says: /spec\.storage: Required/ },
  { title: 'a size without its unit', spec: { ...good, storage: { size: 10 } }, says: /at least 64Mi, for example 8Gi/ },
  { title: 'a mistyped restore', spec: { ...good, bootstrap: { restore: {} } }, says: /must name exactly one source/ },
  { title: 'a size that is none', spec: { ...good, storage: { size: 'large' } }, says: /must be a quantity.*8Gi/ },
  {
    title: 'a tag in the repository',
    spec: { ...good, image: { repository: 'example.com/etcd:v3' } },
    says: /tag goes into spec\.image\.tag/,
  },
  {
    title: 'a quota as large as the volume',
    spec: { ...good, etcd: { quotaBackendBytes: '1Gi' } },
    says: /under half of spec\.storage\.size/,
  },
  { title: 'a nervous election', spec: { ...good, etcd: { electionTimeout: '300ms' } }, says: /at least five times/ },
  { title: 'a time without unit', spec: { ...good, etcd: { heartbeatInterval: '100' } }, says: /100ms/ },
  {
    title: 'a flag of the operator',
    spec: { ...good, etcd: { extraArgs: { 'initial-cluster': 'x' } } },
    says: /flag that the operator sets itself/,
  },
  { title: 'a flag with dashes', spec: { ...good, etcd: { extraArgs: { '--max-txn-ops': '1' } } }, says: /without leading dashes/ },
  {
    title: 'a window without an end',
    spec: { ...good, maintenance: { windows: [{ schedule: '0 2 * * SAT' }] } },
    says: /windows\[0\]\.duration: Required/,
  },
  {
    title: 'a window of days',
    spec: { ...good, maintenance: { windows: [{ schedule: '0 2 * * SAT', duration: '2d' }] } },
    says: /between 1m and 168h, for example 4h/,
  },
  { title: 'a migration at once', spec: { ...good, storage: { size: '1Gi', migration: 'All' } }, says: /"None", "MemberByMember"/ },
  { title: 'half of TLS', spec: { ...good, tls: { mode: 'Half' } }, says: /tls\.mode.*"Required", "Optional", "Off"/ },
  {
    title: 'users in plain text',
    spec: { ...good, tls: { mode: 'Off' }, auth: { enabled: true } },
    says: /needs spec\.tls\.mode Required/,
  },
  { title: 'our labels', spec: { ...good, pod: { labels: { 'etcd-operator.dev/serving': 'true' } } }, says: /prefix of your own/ },
  { title: 'a long name', name: 'a'.repeat(41), spec: good, says: /at most 40 characters/ },
  { title: 'a name with a dot', name: 'de.mo', spec: good, says: /no dots/ },
  { title: 'a name that begins with a digit', name: '1demo', spec: good, says: /begins with a letter/ },
]

scenario('what cannot be is refused by kubectl apply, with the way out', { seconds: 60 }, async ({ kubectl }) => {
  for (const { title, name = 'demo', spec, says } of refused) {
    const answer = await kubectl(['apply', '--dry-run=server', '--filename', '-'], manifest(name, spec)).then(
      () => 'accepted',
      (error: unknown) => String(error),
    )
    expect(answer, title).toMatch(says)
  }
  await kubectl(['apply', '--dry-run=server', '--filename', '-'], manifest('a'.repeat(40), good))
})

scenario('what can never be changed is refused as well', { seconds: 60 }, async ({ cluster, kubectl }) => {
  const demo = cluster('demo')
  await demo.create({ ...good, paused: true })
  const changes = [
    {
      title: 'a smaller volume',
      spec: { storage: { size: '512Mi' } },
      says: /can only grow.*set spec\.storage\.migration to MemberByMember/,
    },
    {
      title: 'another class',
      spec: { storage: { className: 'other' } },
      says: /className cannot change.*set spec\.storage\.migration to MemberByMember/,
    },
    { title: 'an even size by kubectl scale', spec: { size: 2 }, says: /must be 1, 3, 5 or 7/ },
  ]
  for (const { title, spec, says } of changes) {
    await expect(kubectl(['patch', 'etcdcluster', 'demo', '--type=merge', '--patch', JSON.stringify({ spec })]), title).rejects.toThrow(
      says,
    )
  }
  await expect(kubectl(['scale', 'etcdcluster/demo', '--replicas=2'])).rejects.toThrow(/must be 1, 3, 5 or 7/)
})

function manifest(name: string, spec: object): string {
  return JSON.stringify({ apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', metadata: { name }, spec })
}
