import { expect } from 'vitest'
import { SERVICE } from '../../src/adapters/kube/kinds.ts'
import { conditionTypes } from '../../src/api/reasons.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { condition, etcdVersion } from './cluster-handle.ts'
import { isLong, scenario } from './harness.ts'

const manifest = `
apiVersion: etcd-operator.dev/v1alpha1
kind: EtcdCluster
metadata:
  name: demo
spec:
  version: ${etcdVersion}
  storage:
    size: 1Gi
`

scenario('ten lines give three members, a Service and a status to read', { seconds: 150 }, async ({ k8s, namespace, cluster, kubectl }) => {
  const demo = cluster('demo')
  await kubectl(['apply', '--filename', '-'], manifest)
  await kubectl(['wait', '--for=condition=Ready', 'ec/demo', '--timeout=60s', '--request-timeout=0'])

  // Not part of Ready: a member whose ports did not answer at once is asked again half a minute later.
  const seen = await demo.until('it is encrypted', 90, (one) => condition(one, 'Encrypted')?.status === 'True')
  expect(seen.status?.conditions?.map(({ type }) => type)).toEqual([...conditionTypes])
  expect(seen.status?.conditions?.every(({ observedGeneration }) => observedGeneration === seen.metadata.generation)).toBe(true)
  expect(condition(seen, 'Available')?.status).toBe('True')
  expect(condition(seen, 'FaultTolerant')?.status).toBe('True')
  expect(condition(seen, 'Encrypted')).toMatchObject({ status: 'True', reason: 'TlsOnly' })
  expect(seen.status?.nextStep).toBeUndefined()
  expect(seen.status).toMatchObject({
    members: 3,
    ready: '3/3',
    version: etcdVersion,
    endpoint: expect.stringMatching(new RegExp(`^https?://demo\\.${namespace}\\.svc:2379$`)),
    selector: 'etcd-operator.dev/cluster=demo',
  })
  expect(seen.status?.clusterID).toMatch(/^[0-9a-f]+$/)

  const [header, row] = (await kubectl(['get', 'ec', 'demo'])).trim().split('\n')
  expect(header?.split(/\s+/)).toEqual(['NAME', 'SIZE', 'READY', 'VERSION', 'LEADER', 'AVAILABLE', 'STEP', 'DB', 'AGE'])
  expect(row).toMatch(/^demo\s+3\s+3\/3\s+3\.6\.16\s+demo-[012]\s+True\s+\d+Ki\s+\w+s$/)

  const service = await k8s.kube.get(SERVICE, { namespace, name: 'demo' }, AbortSignal.timeout(5_000))
  expect(service?.spec?.selector).toEqual({ 'etcd-operator.dev/cluster': 'demo', 'etcd-operator.dev/serving': 'true' })
  const nodes = new Set((await demo.pods()).map((pod) => pod.spec?.nodeName))
  expect(nodes.size, 'each member on another node').toBe(Math.min(3, k8s.info.nodes.length))

  // A Normal event for each step, and nothing that would make a person look.
  const events = (
    await kubectl(['get', 'events', '--field-selector=involvedObject.kind=EtcdCluster', '--output=jsonpath={.items[*].type}'])
  ).split(' ')
  expect(new Set(events)).toEqual(new Set(['Normal']))
})

/** 3.6.11 begins, grows and shrinks below a kube-apiserver as well. */
const others = etcdVersions.filter((version) => version !== etcdVersion && (isLong || version !== '3.6.11'))

for (const version of others) {
  scenario(`etcd ${version} grows and shrinks as well`, { seconds: 120, alone: isLong }, async ({ cluster }) => {
    const demo = cluster('demo')
    await demo.create({ size: 1, version })
    await demo.untilReady()
    await demo.change({ size: 3 })
    const grown = await demo.untilReady(90)
    expect(grown.status).toMatchObject({ version, members: 3 })
    await demo.change({ size: 1 })
    expect((await demo.untilReady()).status?.members).toBe(1)
  })
}
