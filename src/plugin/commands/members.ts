import { memberColumns } from '../cluster/member-table.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { printStructured } from '../structured.ts'
import { drawTable } from '../table.ts'
import { keyOf, printOrWatch, watchOption } from '../watch.ts'

export const members: Command = {
  name: 'members',
  summary: 'lists the members of a cluster, with their IDs as etcdctl prints them',
  positionals: [{ name: 'NAME', help: 'cluster', completes: 'cluster' }],
  options: watchOption,
  outputs: ['json', 'yaml', 'wide'],
  examples: [
    { does: 'who is the leader, who lags', line: 'members demo' },
    { does: 'the IDs of members that are not ready', line: "members demo -o json | jq -r '.members[] | select(.ready | not) | .id'" },
  ],
  async run(context) {
    const { args, terminal } = context
    const target = await context.connect()
    const look = () => findCluster(target, args.required('NAME'), context.signal)
    if (args.output === 'json' || args.output === 'yaml') {
      const { metadata, status } = await look()
      printStructured(terminal, args.output, { cluster: metadata.name, namespace: metadata.namespace, members: status?.memberStatus ?? [] })
      return exitCodes.ok
    }
    await printOrWatch(context, async () => {
      const cluster = await look()
      const rows = cluster.status?.memberStatus ?? []
      const room = { columns: terminal.columns, wide: args.output === 'wide' }
      const lines = rows.length === 0 ? ['the operator has seen no member yet'] : drawTable(memberColumns(cluster, true), rows, room)
      return { lines, key: keyOf([cluster]) }
    })
    return exitCodes.ok
  },
}
