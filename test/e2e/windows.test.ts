import { expect } from 'vitest'
import { annotation } from '../../src/api/labels.ts'
import { hasAuditLog, isWrite, openAudit } from './audit.ts'
import { type ClusterHandle, condition, isStalled, uidsOf } from './cluster-handle.ts'
import { scenario } from './harness.ts'

/** Long enough for several passes. */
const watchedMs = 8_000

/** Open for an hour each day, twelve hours from now. */
function closedWindow(): { readonly schedule: string; readonly duration: string; readonly timeZone: string } {
  const opens = new Date(Date.now() + 12 * 60 * 60_000)
  return { schedule: `${opens.getUTCMinutes()} ${opens.getUTCHours()} * * *`, duration: '1h', timeZone: 'Etc/UTC' }
}

const waits = (cluster: Awaited<ReturnType<ClusterHandle['get']>>) =>
  cluster.status?.observedGeneration === cluster.metadata.generation && cluster.status?.nextStep?.reason === 'WaitingForWindow'
const watch = () => new Promise((resolve) => setTimeout(resolve, watchedMs))

scenario('a change waits for its maintenance window, member by member, and an approval lets one begin', { seconds: 240 }, async (stage) => {
  const demo = stage.cluster('demo')
  await demo.create({ maintenance: { windows: [closedWindow()] } })
  await demo.untilReady()
  const uids = uidsOf(await demo.pods())

  // What disrupts nothing does not wait.
  await demo.change({ pod: { labels: { team: 'blue' } } })
  await demo.untilReady()
  expect((await demo.pods()).map(({ metadata }) => metadata.labels?.team)).toEqual(['blue', 'blue', 'blue'])
  expect(uidsOf(await demo.pods())).toEqual(uids)

  await demo.change({ pod: { resources: { requests: { cpu: '110m', memory: '128Mi' } } } })
  const waiting = await demo.until('the roll waits', 30, waits)
  const { nextStep } = waiting.status ?? {}
  const inMs = Date.parse(nextStep?.notBefore ?? '') - Date.now()
  expect(inMs).toBeGreaterThan(11.9 * 60 * 60_000)
  expect(inMs).toBeLessThan(12.1 * 60 * 60_000)
  expect(nextStep).toMatchObject({ action: 'DeletePod', message: expect.stringContaining(`opens at ${nextStep?.notBefore}`) })
  expect(condition(waiting, 'Progressing')).toMatchObject({ status: 'False', reason: 'WaitingForWindow' })
  expect(condition(waiting, 'Stalled')).toMatchObject({ status: 'False' })
  expect(condition(waiting, 'Available')).toMatchObject({ status: 'True' })
  await watch()
  expect(uidsOf(await demo.pods())).toEqual(uids)

  // One member begins, and no other.
  await stage.kubectl(['annotate', 'etcdcluster', 'demo', `${annotation.approve}=${nextStep?.id}`, '--overwrite'])
  const next = await demo.until(
    'one member has its turn, and the next one waits',
    60,
    (seen) => waits(seen) && seen.status?.nextStep?.id !== nextStep?.id,
  )
  expect(next.status?.rollout).toMatchObject({ updated: 1, total: 3 })
  expect(next.status?.nextStep?.member).not.toBe(nextStep?.member)
  await watch()
  const kept = new Set(uids)
  const restarted = (await demo.pods()).filter(({ metadata }) => !kept.has(metadata.uid))
  expect(restarted.map(({ metadata }) => metadata.name)).toEqual([nextStep?.member])

  await demo.change({ maintenance: { windows: [] } })
  const ready = await demo.untilReady(120)
  expect(ready.status?.rollout).toBeUndefined()
  expect((await demo.pods()).filter(({ metadata }) => kept.has(metadata.uid))).toEqual([])
})

scenario('a dry run lists the steps ahead and writes nothing but the status', { seconds: 180 }, async (stage) => {
  const { k8s, namespace, kubectl } = stage
  const demo = stage.cluster('demo')
  await demo.create({ size: 1 })
  await demo.untilReady()
  const uids = uidsOf(await demo.pods())

  await kubectl(['annotate', 'etcdcluster', 'demo', `${annotation.dryRun}=true`])
  await demo.until('it says so', 20, (seen) => isStalled(seen, 'DryRun') && seen.status?.plan?.length === 0)
  const audit = hasAuditLog(k8s) ? openAudit(k8s) : undefined
  await demo.change({ size: 3, storage: { deletionPolicy: 'Delete' }, pod: { resources: { requests: { cpu: '110m', memory: '128Mi' } } } })
  const seen = await demo.until('the plan is there', 20, ({ status }) => (status?.plan?.length ?? 0) > 0)
  const steps = seen.status?.plan?.map(({ action, member }) => (member === undefined ? action : `${action} ${member}`)) ?? []
  expect(steps).toEqual(
    expect.arrayContaining([
      'AddLearner demo-1',
      'AddLearner demo-2',
      'PromoteLearner demo-1',
      'PromoteLearner demo-2',
      'DeletePod demo-0',
    ]),
  )
  expect(steps.at(-1)).not.toMatch(/^(Wait|Block|More)/)
  expect(seen.status?.plan?.find(({ action }) => action === 'DeletePod')).toMatchObject({ disrupts: true })
  expect(seen.status?.plan?.find(({ action }) => action === 'AddLearner')).toMatchObject({ disrupts: false })
  await watch()
  const writes = audit?.requests().filter((request) => isWrite(request) && request.namespace === namespace) ?? []
  expect(writes.filter(({ subresource }) => subresource !== 'status')).toEqual([])
  expect(uidsOf(await demo.pods())).toEqual(uids)
  expect((await demo.get()).metadata.finalizers ?? []).toEqual([])

  await kubectl(['annotate', 'etcdcluster', 'demo', `${annotation.dryRun}-`])
  const done = await demo.untilReady(120)
  expect(done.status?.members).toBe(3)
  expect(done.status?.plan).toBeUndefined()
})
