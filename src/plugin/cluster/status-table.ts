import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { since } from '../age.ts'
import { type Column, drawTable, type Room } from '../table.ts'
import { styled, type Text } from '../text.ts'
import type { Backups } from './backups.ts'
import { command, nowOf } from './next-step.ts'
import { mayFail, stateOf } from './state.ts'

/** One line for each cluster. */
export function statusTable(
  clusters: readonly EtcdCluster[],
  { backups }: Backups,
  { hasNamespaces, now, room }: { readonly hasNamespaces: boolean; readonly now: number; readonly room: Room },
): readonly Text[] {
  const columns: readonly Column<EtcdCluster>[] = [
    ...(hasNamespaces ? [{ title: 'NAMESPACE', cell: ({ metadata }: EtcdCluster) => metadata.namespace }] : []),
    { title: 'NAME', cell: ({ metadata }) => styled('strong', metadata.name) },
    { title: 'STATE', cell: stateCell },
    { title: 'READY', cell: ({ spec, status }) => status?.ready ?? `0/${spec.size}` },
    { title: 'MAY FAIL', drop: 3, align: 'right', cell: (cluster) => String(mayFail(cluster) ?? '') },
    { title: 'VERSION', drop: 4, cell: ({ status }) => status?.version ?? '' },
    { title: 'LEADER', drop: 6, cell: ({ status }) => status?.leader ?? '' },
    { title: 'DB', drop: 5, cell: ({ status }) => status?.dbSize ?? '' },
    { title: 'BACKUP', drop: 2, cell: ({ status }) => backupCell(status?.lastBackup?.time, backups === undefined, now) },
    { title: 'AGE', drop: 7, cell: ({ metadata }) => since(metadata.creationTimestamp, now) },
    {
      title: 'NEXT',
      drop: 1,
      mayBeEmpty: true,
      cell: ({ status }) => [status?.nextStep?.reason, status?.nextStep?.member].filter(Boolean).join(' '),
    },
    { title: 'MESSAGE', onlyWide: true, mayBeEmpty: true, cell: ({ status }) => status?.nextStep?.message ?? '' },
  ]
  const blocked = clusters.filter((cluster) => nowOf(cluster, now).what === 'blocked')
  const where = ({ metadata }: EtcdCluster) => (hasNamespaces ? ` -n ${metadata.namespace}` : '')
  const hints = blocked
    .slice(0, 3)
    .map((cluster): Text => [`${cluster.metadata.name} needs you: `, command(`plan ${cluster.metadata.name}${where(cluster)}`)])
  return [...drawTable(columns, clusters, room), ...(hints.length === 0 ? [] : ['', ...hints])]
}

function stateCell(cluster: EtcdCluster): Text {
  const { style, word } = stateOf(cluster)
  return styled(style, word)
}

function backupCell(time: string | undefined, mayNotList: boolean, now: number): Text {
  if (time !== undefined) return `${since(time, now)} ago`
  return mayNotList ? '' : styled('warning', 'none')
}
