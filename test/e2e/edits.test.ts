import { expect } from 'vitest'
import { SERVICE, STATEFUL_SET } from '../../src/adapters/kube/kinds.ts'
import { label } from '../../src/api/labels.ts'
import { condition, etcdVersion, isStalled } from './cluster-handle.ts'
import { type Stage, scenario } from './harness.ts'
import { until } from './until.ts'

scenario('what somebody edits by hand is written back, and no pod is restarted', { seconds: 150 }, async (stage) => {
  const { k8s, namespace, kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 1 })
  await demo.untilReady()
  const uids = async () => (await demo.pods()).map(({ metadata }) => metadata.uid)
  const set = () => k8s.kube.get(STATEFUL_SET, { namespace, name: 'demo' }, AbortSignal.timeout(5_000))
  const service = () => k8s.kube.get(SERVICE, { namespace, name: 'demo' }, AbortSignal.timeout(5_000))
  const [before, template, files] = [await uids(), (await set())?.spec?.template, await demo.config()]

  const imageIsBack = async () => (await set())?.spec?.template.spec?.containers[0]?.image?.endsWith(`:v${etcdVersion}`) || undefined
  await kubectl(['set', 'image', 'statefulset/demo', 'etcd=gcr.io/etcd-development/etcd:v3.7.3'])
  // With the other strategy Kubernetes itself would restart the pod for that image, before the operator can take it back.
  await until('the image is as it was', 30, imageIsBack)
  await kubectl(['patch', 'statefulset', 'demo', '--type=merge', '-p', '{"spec":{"updateStrategy":{"type":"RollingUpdate"}}}'])
  await kubectl(['patch', 'configmap', 'demo-members', '--type=merge', '-p', '{"data":{"demo-0.yaml":"snapshot-count: 1"}}'])
  await kubectl(['patch', 'service', 'demo', '--type=merge', '-p', '{"spec":{"selector":{"canary":"yes"}}}'])
  await until('the StatefulSet is as it was', 30, async () => {
    const isBack = (await set())?.spec?.updateStrategy?.type === 'OnDelete'
    return isBack ? true : undefined
  })
  await until('the config is as it was', 30, async () => ((await demo.config())['demo-0.yaml'] === files['demo-0.yaml'] ? true : undefined))
  await until('the Service is as it was', 30, async () => ((await service())?.spec?.selector?.canary === undefined ? true : undefined))
  expect((await set())?.spec?.template).toEqual(template)

  await kubectl(['label', 'pod', 'demo-0', `${label.cluster}-`])
  await until('the pod has its label again', 30, async () => ((await demo.pods()).length === 1 ? true : undefined))
  await demo.untilReady()
  expect(await uids()).toEqual(before)
  await untilQuiet(stage)
})

scenario('a member that runs something else than the spec asks for is named', { seconds: 150 }, async ({ cluster, kubectl }) => {
  const demo = cluster('demo')
  await demo.create({ size: 1 })
  await demo.untilReady()
  await demo.change({ paused: true })
  await demo.until('it says that it is paused', 20, (seen) => isStalled(seen, 'Paused'))
  await kubectl(['set', 'image', 'statefulset/demo', 'etcd=gcr.io/etcd-development/etcd:v3.7.3'])
  await kubectl(['delete', 'pod', 'demo-0'])
  await until('the pod is new', 60, async () => {
    const image = (await demo.pods())[0]?.spec?.containers[0]?.image
    return image?.endsWith(':v3.7.3') ? true : undefined
  })
  await demo.change({ paused: false })
  const seen = await demo.until('it names the member', 60, (one) => isStalled(one, 'OtherVersionRuns'))
  expect(condition(seen, 'Stalled')?.message).toMatch(/demo-0 runs etcd 3\.7\.3 .* set spec\.version to 3\.7\.3/)

  await demo.change({ version: '3.7.3' })
  expect((await demo.untilReady()).status?.version).toBe('3.7.3')
})

/** Nothing that the operator compares differs from what the API server made of it: it writes no more. */
async function untilQuiet({ k8s, namespace }: Stage): Promise<void> {
  const version = async () =>
    (await k8s.kube.get(STATEFUL_SET, { namespace, name: 'demo' }, AbortSignal.timeout(5_000)))?.metadata.resourceVersion
  let last = await version()
  await until('the StatefulSet is left alone for six seconds', 40, async () => {
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    const now = await version()
    const isQuiet = now === last
    last = now
    return isQuiet ? true : undefined
  })
}
