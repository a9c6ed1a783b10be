import { expect } from 'vitest'
import { STATEFUL_SET } from '../../src/adapters/kube/kinds.ts'
import { label } from '../../src/api/labels.ts'
import { type ClusterHandle, isReady, isStalled } from './cluster-handle.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { operatorNamespace } from './install.ts'
import { untilOperatorIsWhole } from './operator-pods.ts'
import { until } from './until.ts'

const names = ['demo-0', 'demo-1', 'demo-2']

scenario('clients are served while every pod is moved and no operator runs', { seconds: 240, alone: true }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()
  const clients = await stage.writer({ writers: 2 })
  try {
    await scaleOperator(stage, 0)
    await clients.phase('without an operator')
    await moveAll(stage, demo)
    // A member that ends takes the writes with it that it had in hand; every other write is acknowledged.
    const report = await clients.verify()
    expect(report).toMatchObject({ backwards: 0, verification: { lost: 0 } })
    expect(report.failed).toBeLessThanOrEqual(names.length)
    expect(await endpoints(stage)).toEqual(names)
  } finally {
    await scaleOperator(stage, 2)
    await untilOperatorIsWhole(stage.k8s)
  }
  expect((await demo.untilReady()).status?.ready).toBe('3/3')
})

scenario(
  'clients are served while every pod is moved and the cluster is paused',
  { seconds: 240, alone: true, skip: !isLong },
  async (stage) => {
    const demo = stage.cluster('demo')
    await demo.create({ size: 3 })
    await demo.untilReady()
    await demo.change({ paused: true })
    await demo.until('it says that it is paused', 20, (seen) => isStalled(seen, 'Paused'))
    // As a StatefulSet of an earlier version makes its pods: the status says that no client is sent there.
    await stage.kubectl(['label', 'pod', 'demo-1', `${label.serving}-`])
    const unserved = await demo.until('it says that demo-1 is not served', 20, (seen) => seen.status?.ready === '2/3')
    expect(unserved.status?.memberStatus?.find(({ name }) => name === 'demo-1')?.message).toMatch(/clients are not sent to it/)

    await moveAll(stage, demo)
    expect(await endpoints(stage)).toEqual(names)
    await demo.until('all of them serve', 20, (seen) => seen.status?.ready === '3/3')
  },
)

scenario(
  'a StatefulSet of an earlier version sends clients to new pods, without a restart',
  { seconds: 120, alone: true },
  async (stage) => {
    const { k8s, namespace, kubectl } = stage
    const demo = stage.cluster('demo')
    await demo.create({ size: 1 })
    await demo.untilReady()
    const before = (await demo.pods()).map(({ metadata }) => metadata.uid)

    const path = `/spec/template/metadata/labels/${label.serving.replace('/', '~1')}`
    await kubectl(['patch', 'statefulset', 'demo', '--type=json', '-p', JSON.stringify([{ op: 'remove', path }])])
    await until('the template has the label', 30, async () => {
      const set = await k8s.kube.get(STATEFUL_SET, { namespace, name: 'demo' }, AbortSignal.timeout(5_000))
      return set?.spec?.template.metadata?.labels?.[label.serving] === 'true' ? true : undefined
    })
    await demo.untilReady()
    expect((await demo.pods()).map(({ metadata }) => metadata.uid)).toEqual(before)
  },
)

/** As a drain of one node after the other does. */
async function moveAll(stage: Stage, demo: ClusterHandle): Promise<void> {
  for (const name of names) {
    const before = (await demo.pods()).find(({ metadata }) => metadata.name === name)?.metadata.uid
    await stage.kubectl(['delete', 'pod', name, '--wait=false'])
    await until(`${name} is ready again`, 60, async () => {
      const pod = (await demo.pods()).find(({ metadata }) => metadata.name === name)
      return pod !== undefined && pod.metadata.uid !== before && isReady(pod) ? true : undefined
    })
    await until(`clients are sent to ${name} again`, 20, async () => ((await endpoints(stage)).includes(name) ? true : undefined))
  }
}

/** The pods that the client Service sends clients to. */
async function endpoints({ kubectl }: Stage): Promise<readonly string[]> {
  const path = '{range .items[*].endpoints[?(@.conditions.ready==true)]}{.targetRef.name}{"\\n"}{end}'
  const found = await kubectl(['get', 'endpointslices', '-l', 'kubernetes.io/service-name=demo', '-o', `jsonpath=${path}`])
  return found.split('\n').filter(Boolean).toSorted()
}

async function scaleOperator({ k8s }: Stage, replicas: number): Promise<void> {
  await k8s.kubectl(['-n', operatorNamespace, 'scale', 'deployment/etcd-operator', `--replicas=${replicas}`])
  if (replicas > 0) return
  const args = ['-n', operatorNamespace, 'wait', '--for=delete', 'pod', '-l', 'app.kubernetes.io/name=etcd-operator', '--timeout=60s']
  await k8s.kubectl([...args, '--request-timeout=0'])
}
