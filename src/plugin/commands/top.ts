import { ETCD_CLUSTER } from '../../adapters/kube/kinds.ts'
import { topTable } from '../cluster/top-table.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { usageProblem } from '../problem.ts'
import { keyOf, printOrWatch, watchOption } from '../watch.ts'

export const top: Command = {
  name: 'top',
  summary: "shows what members take: database, quota, lag, and how long their disks' fsync and commits last",
  about: [
    'The figures are those of the status, which the operator writes at most once a minute. FSYNC, COMMIT and RTT P99: 99 of 100 took no longer; empty while there are too few samples.',
  ],
  positionals: [{ name: 'NAME', help: 'cluster; without it all of the namespace', isOptional: true, completes: 'cluster' }],
  options: watchOption,
  outputs: ['wide'],
  allNamespaces: true,
  examples: [
    { does: 'the members of demo, again and again', line: 'top demo -w' },
    { does: 'those of every cluster', line: 'top -A' },
  ],
  async run(context) {
    const { args, signal, terminal } = context
    const name = args.optional('NAME')
    if (args.flag('all-namespaces') && name !== undefined) throw usageProblem("a name and -A don't go together: name the namespace with -n")
    const target = await context.connect()
    await printOrWatch(context, async () => {
      const clusters =
        name === undefined
          ? (await target.kube.list(ETCD_CLUSTER, { namespace: target.scope }, signal)).items
          : [await findCluster(target, name, signal)]
      const room = { columns: terminal.columns, wide: args.output === 'wide' }
      return { lines: topTable(clusters, { hasNamespaces: target.scope === undefined, room }), key: keyOf(clusters) }
    })
    return exitCodes.ok
  },
}
