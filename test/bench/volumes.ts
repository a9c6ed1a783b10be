import { startWriter } from '../client/writer-pod.ts'
import { makeStorageClass, startResizer } from '../cluster/resizer.ts'
import { isNow } from '../e2e/cluster-handle.ts'
import { until } from '../e2e/until.ts'
import type { Arena } from './arena.ts'
import { type Figure, limitFigure, ratioFigure } from './figures.ts'

const sizes = ['256Mi', '384Mi', '512Mi', '640Mi', '768Mi']

/** A client through the Service that writes every 20 ms while three volumes grow; the quota is fixed, so that nothing has to restart. */
export async function measureVolumes(arena: Arena): Promise<readonly Figure[]> {
  const { k8s, namespace } = arena
  const className = await makeStorageClass(k8s.kube, 'bench-online', 'online')
  const spec = {
    size: 3,
    version: '3.6.16',
    storage: { size: '128Mi', className, deletionPolicy: 'Delete' },
    etcd: { quotaBackendBytes: '50Mi' },
  }
  await arena.apply({ apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', metadata: { name: 'ours' }, spec })
  const demo = arena.cluster('ours')
  await demo.untilReady()
  const resizer = startResizer(k8s.kube, namespace)
  const client = await startWriter(k8s, { namespace, cluster: 'ours', writers: 3 })
  await until('the client writes', 30, async () => ((await client.report()).acknowledged > 100 ? true : undefined))
  const phases = sizes.slice(0, arena.rounds).map((size) => ({ size, rest: `before ${size}`, growth: `to ${size}` }))
  for (const { size, rest, growth } of phases) {
    await client.phase(growth)
    const begin = performance.now()
    await demo.change({ storage: { size } })
    const isGrown = (row: { volumeSize?: string; volumeResize?: unknown }) => row.volumeSize === size && row.volumeResize === undefined
    await demo.until(`all have ${size}`, 120, (seen) => isNow(seen, 'Ready') && (seen.status?.memberStatus ?? []).every(isGrown))
    const ms = performance.now() - begin
    // As long again, in which nothing happens.
    await client.phase(rest)
    await new Promise((resolve) => setTimeout(resolve, ms))
    arena.progress(`three volumes have ${size}`)
  }
  const report = await client.verify()
  await resizer.end()
  await arena.clear()
  const pauseIn = (name: string) => report.phases.find((phase) => phase.name === name)?.longestPauseMs ?? Number.NaN
  const [growing, resting] = [phases.map(({ growth }) => pauseIn(growth)), phases.map(({ rest }) => pauseIn(rest))]
  const { acknowledged, failed, verification } = report
  return [
    ratioFigure(
      'three volumes grow under the client: longest pause, against as long a time without',
      growing,
      resting,
      1.5,
      (times) => `${Math.round(Math.max(...times))} ms`,
    ),
    limitFigure('three volumes grow under the client: longest pause', Math.max(...growing), 'ms', 200),
    limitFigure('three volumes grow: writes that failed', failed, `of ${acknowledged}`, 0),
    limitFigure('three volumes grow: acknowledged writes that were lost', verification.lost, `of ${verification.checked}`, 0),
  ]
}
