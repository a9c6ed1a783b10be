import { dirname } from 'node:path'
import { expect } from 'vitest'
import { buildPlugin, linesOf, type Program } from '../integration/plugin/program.ts'
import { scenario } from './harness.ts'
import { until } from './until.ts'

let program: Promise<Program> | undefined

scenario('a person looks at a living cluster and steers it with kubectl etcd', { seconds: 60 }, async (stage) => {
  const { k8s, namespace } = stage
  program ??= buildPlugin()
  const plugin = await program
  const run = async (line: string) => {
    const { code, err, out } = await plugin.run([...line.split(' '), '-n', namespace], { kubeconfig: k8s.info.kubeconfig })
    expect(code, `${line}: ${err}`).toBe(0)
    return linesOf(out)
  }
  const demo = stage.cluster('demo')
  await demo.create({ size: 3 })
  await demo.untilReady()

  expect((await run('status demo'))[0]).toMatch(/^demo {2}etcd \S+ {2}3 of 3 members ready {2}leader demo-\d {2}/)
  expect((await run('members demo')).filter((line) => /^demo-\d +(leader|voter) +ok +[0-9a-f]+ /.test(line))).toHaveLength(3)
  expect((await run('top demo')).filter((line) => /^demo-\d +(leader|voter) +\S+/.test(line))).toHaveLength(3)
  expect(await run('plan demo')).toEqual(['now      nothing to do'])
  // The operator writes its Events beside its passes.
  await until(
    'the Events tell of the beginning',
    20,
    async () => (await run('events demo')).some((line) => line.includes('ClusterPinned')) || undefined,
  )
  expect((await run('version')).join('\n')).toMatch(/^operator +\S+ +\d of \d pods ready/m)

  // The steps that the operator would take; it is let go again.
  expect(await run('plan demo --ahead')).toContain('then     no step is left to take')
  expect((await demo.get()).metadata.annotations?.['etcd-operator.dev/dry-run']).toBeUndefined()

  expect((await run('defrag demo --wait')).join('\n')).toContain('3 of 3 members were defragmented')
  const { leader } = (await demo.get()).status ?? {}
  const moved = (await run('move-leader demo --wait')).join('\n')
  expect(moved).toMatch(/done: demo-\d leads/)
  expect(moved).not.toContain(`done: ${leader} leads`)

  const { kubeconfig, kubectl } = k8s.info
  const health = await plugin.shell(`kubectl-etcd ctl demo -n ${namespace} -- endpoint health`, { kubeconfig, path: [dirname(kubectl)] })
  expect(health.out + health.err).toContain('is healthy')

  const logs = await run('logs demo --tail 20')
  for (const name of ['demo-0', 'demo-1', 'demo-2']) expect(logs.some((line) => line.includes(` ${name} {"level"`))).toBe(true)
  // No container was restarted, so nothing that a report wants is absent.
  const report = await plugin.run(['report', 'demo', '-n', namespace], { kubeconfig })
  expect(report.code).toBe(0)
  expect(report.err).not.toContain('previous container')
  const times = logs.map((line) => line.slice(0, 23))
  expect(times).toEqual(times.toSorted())
})
