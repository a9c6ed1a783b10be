import { isFailure } from '../../adapters/failure.ts'
import { pause } from '../../adapters/kube/deadline.ts'
import { CORE_EVENT, type CoreEvent, ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, ETCD_RESTORE, ETCD_USER } from '../../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../adapters/kube/object.ts'
import { belongsTo } from '../cluster/belongs.ts'
import { eventColumns, inOrder } from '../cluster/event-table.ts'
import type { Command, Context, Target } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { usageProblem } from '../problem.ts'
import { printStructured } from '../structured.ts'
import { drawTable } from '../table.ts'

const intervalMs = 2000

export const events: Command = {
  name: 'events',
  summary: 'lists the events of a cluster and of all that belongs to it, in order',
  about: [
    'Besides the EtcdCluster: its pods, volumes, Services and Jobs, and its backups, schedules, restores and users. Kubernetes keeps events for an hour, unless it is told otherwise.',
  ],
  positionals: [{ name: 'NAME', help: 'cluster', completes: 'cluster' }],
  options: {
    watch: { short: 'w', help: 'prints further events as they come, until Ctrl-C' },
    warnings: { help: 'only warnings' },
  },
  outputs: ['json', 'yaml', 'wide'],
  examples: [
    { does: 'what happened to demo', line: 'events demo' },
    { does: 'what goes wrong, as it comes', line: 'events demo --warnings -w' },
  ],
  async run(context) {
    const { args, signal, terminal } = context
    if (args.flag('watch') && (args.output === 'json' || args.output === 'yaml'))
      throw usageProblem(`-w and -o ${args.output} don't go together`)
    const target = await context.connect()
    const name = args.required('NAME')
    const found = await eventsOf(context, target, name)
    if (printStructured(terminal, args.output, { events: found })) return exitCodes.ok
    if (found.length === 0)
      terminal.note(`no ${args.flag('warnings') ? 'warnings' : 'events'} of ${name} are left; Kubernetes keeps events for an hour`)
    else print(context, found)
    const told = new Map(found.map((event) => [event.metadata.uid, event.metadata.resourceVersion]))
    while (args.flag('watch')) {
      await pause(intervalMs, signal).catch(() => undefined)
      if (signal.aborted) break
      // An outage of the API server ends nothing: what happened meanwhile is told afterwards.
      const now = await eventsOf(context, target, name).catch(() => [])
      const news = now.filter(({ metadata }) => told.get(metadata.uid) !== metadata.resourceVersion)
      for (const { metadata } of news) told.set(metadata.uid, metadata.resourceVersion)
      if (news.length > 0) print(context, news, false)
    }
    return exitCodes.ok
  },
}

function print({ args, now, terminal }: Context, found: readonly CoreEvent[], hasTitles = true): void {
  const lines = drawTable(eventColumns(now()), found, { columns: terminal.columns, wide: args.output === 'wide' })
  terminal.print(...(hasTitles ? lines : lines.slice(1)))
}

async function eventsOf({ args, signal }: Context, target: Target, name: string): Promise<readonly CoreEvent[]> {
  const where = { namespace: target.namespace }
  const [cluster, all, backups, schedules, restores, users] = await Promise.all([
    findCluster(target, name, signal),
    target.kube.list(CORE_EVENT, where, signal),
    listed(target, ETCD_BACKUP, signal),
    listed(target, ETCD_BACKUP_SCHEDULE, signal),
    listed(target, ETCD_RESTORE, signal),
    listed(target, ETCD_USER, signal),
  ])
  const isOfCluster = belongsTo(cluster, { backups, schedules, restores, users })
  const wanted = all.items.filter(
    ({ involvedObject, type }) =>
      isOfCluster(involvedObject.kind ?? '', involvedObject.name ?? '') && (!args.flag('warnings') || type === 'Warning'),
  )
  return inOrder(wanted)
}

/** Without the right to list a kind its events are left out; those of the cluster are told all the same. */
async function listed<T extends KubeObject>(
  { kube, namespace }: Target,
  kind: ResourceKind<T>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  try {
    return (await kube.list(kind, { namespace }, signal)).items
  } catch (error) {
    if (isFailure(error, 'forbidden')) return []
    throw error
  }
}
