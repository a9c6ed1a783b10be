import { startWriter } from '../client/writer-pod.ts'
import type { Arena } from './arena.ts'
import { type Figure, limitFigure } from './figures.ts'

const steps = [
  { name: '1 to 3', size: 3, maxMs: 500 },
  { name: '3 to 5', size: 5, maxMs: 500 },
  { name: '5 to 3', size: 3, maxMs: 500 },
  // Two voters become one: the last follower takes its connections with it.
  { name: '3 to 1', size: 1, maxMs: 1_000 },
]

/** A client through the Service that writes every 20 ms while the cluster grows and shrinks. */
export async function measureUnderClient(arena: Arena): Promise<readonly Figure[]> {
  const demo = arena.cluster('ours')
  await arena.createClusters(['ours'], 1)
  await demo.untilReady()
  const client = await startWriter(arena.k8s, { namespace: arena.namespace, cluster: 'ours', writers: 3 })
  for (let round = 1; round <= Math.max(1, Math.ceil(arena.rounds / 2)); round++) {
    for (const { name, size } of steps) {
      await client.phase(name)
      await demo.change({ size })
      await demo.untilReady(120)
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    }
    arena.progress(`under a client, round ${round}`)
  }
  const report = await client.verify()
  await arena.clear()
  const pauses = steps.map(({ name, maxMs }) => {
    const longest = Math.max(...report.phases.filter((phase) => phase.name === name).map(({ longestPauseMs }) => longestPauseMs))
    return limitFigure(`${name} under the client: longest pause`, longest, 'ms', maxMs)
  })
  const { acknowledged, failed, repeated, verification } = report
  const errors = [`${repeated} were repeated`, ...report.failures.map(({ error }) => error)].join('; ')
  return [
    ...pauses,
    limitFigure('writes that failed', failed, `of ${acknowledged}`, 0, errors),
    limitFigure('acknowledged writes that were lost', verification.lost, `of ${verification.checked}`, 0, 'all read back and compared'),
  ]
}
