import { expect } from 'vitest'
import { SERVICE } from '../../src/adapters/kube/kinds.ts'
import { isWrite, openAudit } from './audit.ts'
import { isStalled } from './cluster-handle.ts'
import { scenario } from './harness.ts'
import { until } from './until.ts'

const watchedMs = 8_000

scenario('while paused nothing but the status is written, whatever is asked for or broken', { seconds: 120 }, async (stage) => {
  const { k8s, namespace, kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 1 })
  await demo.untilReady()

  await demo.change({ paused: true })
  await demo.until('it says that it is paused', 20, (seen) => isStalled(seen, 'Paused'))
  const audit = k8s.info.auditLog === undefined ? undefined : openAudit(k8s)
  await demo.change({ size: 3 })
  await kubectl(['delete', 'service', 'demo'])
  await kubectl(['delete', 'pod', 'demo-0'])
  await demo.until('it still watches', 20, (seen) => seen.status?.observedGeneration === seen.metadata.generation)
  await new Promise((resolve) => setTimeout(resolve, watchedMs))
  const writes = audit?.requests().filter((request) => isWrite(request) && request.namespace === namespace) ?? []
  expect(writes.filter(({ subresource }) => subresource !== 'status')).toEqual([])
  const service = () => k8s.kube.get(SERVICE, { namespace, name: 'demo' }, AbortSignal.timeout(5_000))
  expect(await service()).toBeUndefined()

  await demo.change({ paused: false })
  await until('the Service is back', 20, service)
  expect((await demo.untilReady()).status?.members).toBe(3)
})
