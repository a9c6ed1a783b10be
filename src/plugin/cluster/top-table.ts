import type { EtcdCluster, MemberStatus } from '../../api/etcd-cluster.ts'
import { effectiveQuotaBytes } from '../../model/cluster/spec-problems.ts'
import { formatBytes, parseQuantity } from '../../model/quantity.ts'
import { type Column, drawTable, type Room } from '../table.ts'
import { styled, type Text } from '../text.ts'
import { roleOf } from './member-table.ts'
import { type Figures, performanceOf, slowHint } from './performance.ts'

interface Row {
  readonly cluster: EtcdCluster
  readonly member: MemberStatus
  readonly figures: Figures | undefined
  /** Share of the quota that the database file takes; undefined where its size isn't known. */
  readonly full: number | undefined
}

/** From here on a person should make room, and from there on writes are about to be refused. */
const [fairlyFull, nearlyFull] = [0.8, 0.95]

/** One line for each member: what it takes, and how quick its disk and its network are. */
export function topTable(
  clusters: readonly EtcdCluster[],
  { hasNamespaces, room }: { readonly hasNamespaces: boolean; readonly room: Room },
): readonly Text[] {
  const rows = clusters.flatMap((cluster) => rowsOf(cluster))
  if (rows.length === 0) return ['the operator has seen no member yet']
  const hints = clusters.flatMap((cluster): Text[] => {
    const hint = slowHint(cluster)
    return hint === undefined ? [] : [[styled('warning', cluster.metadata.name), ': ', hint]]
  })
  return [...drawTable(columnsOf(hasNamespaces, clusters.length > 1), rows, room), ...(hints.length === 0 ? [] : ['', ...hints])]
}

function rowsOf(cluster: EtcdCluster): readonly Row[] {
  const performance = performanceOf(cluster)
  const quota = effectiveQuotaBytes(cluster)
  return (cluster.status?.memberStatus ?? []).map((member) => {
    const bytes = parseQuantity(member.dbSize ?? '')
    return { cluster, member, figures: performance.get(member.name), full: bytes === undefined ? undefined : bytes / quota }
  })
}

function columnsOf(hasNamespaces: boolean, hasClusters: boolean): readonly Column<Row>[] {
  return [
    ...(hasNamespaces ? [{ title: 'NAMESPACE', drop: 8, cell: ({ cluster }: Row) => cluster.metadata.namespace }] : []),
    ...(hasClusters ? [{ title: 'CLUSTER', drop: 7, cell: ({ cluster }: Row) => cluster.metadata.name }] : []),
    { title: 'MEMBER', cell: ({ member }) => member.name },
    { title: 'ROLE', drop: 5, cell: ({ member }) => roleOf(member) },
    { title: 'DB', align: 'right', cell: ({ member }) => member.dbSize ?? '' },
    { title: 'IN USE', drop: 3, align: 'right', cell: ({ member }) => member.dbSizeInUse ?? '' },
    { title: 'QUOTA', drop: 6, align: 'right', cell: ({ cluster }) => formatBytes(effectiveQuotaBytes(cluster)) },
    { title: 'FULL', align: 'right', cell: fullCell },
    { title: 'LAG', drop: 4, align: 'right', cell: ({ member }) => (member.leader ? '-' : String(member.raftLag ?? '')) },
    { title: 'FSYNC P99', align: 'right', cell: ({ figures }) => figures?.fsyncP99 ?? '' },
    { title: 'COMMIT P99', drop: 1, align: 'right', cell: ({ figures }) => figures?.commitP99 ?? '' },
    { title: 'RTT P99', drop: 2, align: 'right', cell: ({ figures }) => figures?.peerRttP99 ?? '' },
  ]
}

function fullCell({ full }: Row): Text {
  if (full === undefined) return ''
  const text = `${Math.round(full * 100)}%`
  return full >= nearlyFull ? styled('bad', text) : full >= fairlyFull ? styled('warning', text) : text
}
