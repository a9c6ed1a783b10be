import { ETCD_BACKUP } from '../../adapters/kube/kinds.ts'
import type { EtcdBackup } from '../../api/backups.ts'
import { label } from '../../api/labels.ts'
import { since } from '../age.ts'
import { messageOf } from '../cluster/backups.ts'
import { command } from '../cluster/next-step.ts'
import type { Command, Target } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { printStructured } from '../structured.ts'
import { type Column, drawTable } from '../table.ts'
import { type Style, styled, type Text } from '../text.ts'
import { keyOf, printOrWatch, watchOption } from '../watch.ts'

export const backups: Command = {
  name: 'backups',
  summary: 'lists the backups of a cluster, or of all clusters, newest first',
  about: ['A backup outlives its cluster: those of a cluster that was deleted are listed with -n alone.'],
  positionals: [{ name: 'NAME', help: 'cluster; without it all of the namespace', isOptional: true, completes: 'cluster' }],
  options: watchOption,
  outputs: ['json', 'yaml', 'wide', 'name'],
  allNamespaces: true,
  examples: [
    { does: 'what demo could be restored from', line: 'backups demo' },
    { does: 'the name of the newest one', line: 'backups demo -o name | head -1' },
  ],
  async run(context) {
    const { args, now, terminal } = context
    const target = await context.connect()
    const name = args.optional('NAME')
    const look = () => list(target, name, context.signal)
    if (args.output === 'json' || args.output === 'yaml') {
      printStructured(terminal, args.output, { backups: await look() })
      return exitCodes.ok
    }
    await printOrWatch(context, async () => {
      const found = await look()
      const room = { columns: terminal.columns, wide: args.output === 'wide' }
      const lines =
        args.output === 'name'
          ? found.map(({ metadata }) => metadata.name)
          : found.length === 0
            ? noneLines(name, target)
            : drawTable(columnsOf(name === undefined, target.scope === undefined, now()), found, room)
      return { lines, key: keyOf(found) }
    })
    return exitCodes.ok
  },
}

/** @throws Problem for a name of which there is neither a cluster nor a backup */
async function list(target: Target, name: string | undefined, signal: AbortSignal): Promise<readonly EtcdBackup[]> {
  const { items } = await target.kube.list(ETCD_BACKUP, { namespace: target.scope }, signal)
  const found = items
    .filter(({ spec }) => name === undefined || spec.cluster === name)
    .toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)) || b.metadata.name.localeCompare(a.metadata.name))
  if (found.length === 0 && name !== undefined && target.scope !== undefined) await findCluster(target, name, signal)
  return found
}

function timeOf({ metadata, status }: EtcdBackup): string {
  return status?.startTime ?? metadata.creationTimestamp
}

function noneLines(name: string | undefined, { namespace, scope }: Target): readonly Text[] {
  if (name === undefined) return [`no EtcdBackup in ${scope === undefined ? 'any namespace' : `namespace ${namespace}`}`]
  return [`${name} has no backups`, ['take one: ', command(`backup ${name}`)]]
}

function columnsOf(hasClusters: boolean, hasNamespaces: boolean, now: number): readonly Column<EtcdBackup>[] {
  return [
    ...(hasNamespaces ? [{ title: 'NAMESPACE', cell: ({ metadata }: EtcdBackup) => metadata.namespace }] : []),
    { title: 'NAME', cell: ({ metadata }) => metadata.name },
    ...(hasClusters ? [{ title: 'CLUSTER', cell: ({ spec }: EtcdBackup) => spec.cluster }] : []),
    { title: 'STATE', cell: stateCell },
    { title: 'AGE', cell: (backup) => since(timeOf(backup), now) },
    { title: 'SIZE', drop: 3, cell: ({ status }) => status?.size ?? '' },
    { title: 'REVISION', drop: 4, align: 'right', cell: ({ status }) => status?.revision ?? '' },
    { title: 'KEYS', drop: 6, align: 'right', cell: ({ status }) => String(status?.totalKeys ?? '') },
    { title: 'ETCD', drop: 7, cell: ({ status }) => status?.etcdVersion ?? '' },
    { title: 'SCHEDULE', drop: 5, mayBeEmpty: true, cell: ({ metadata }) => metadata.labels?.[label.schedule] ?? '' },
    { title: 'LOCATION', drop: 2, cell: ({ spec, status }) => `${spec.storage.volume.claimName}:${status?.location ?? ''}` },
    { title: 'SHA256', onlyWide: true, cell: ({ status }) => status?.sha256 ?? '' },
    { title: 'MESSAGE', wrapsAt: 24, mayBeEmpty: true, cell: (backup) => (backup.status?.phase === 'Completed' ? '' : messageOf(backup)) },
  ]
}

function stateCell({ metadata, status }: EtcdBackup): Text {
  const [word, style]: [string, Style] =
    metadata.deletionTimestamp !== undefined
      ? ['deleting', 'warning']
      : status?.phase === 'Failed'
        ? ['failed', 'bad']
        : status?.phase === 'Completed'
          ? status.verified?.result === 'Passed'
            ? ['verified', 'good']
            : ['unverified', 'bad']
          : [(status?.phase ?? 'new').toLowerCase(), 'warning']
  return styled(style, word)
}
