import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { until } from '../age.ts'
import { flow, titled } from '../flow.ts'
import { drawTable, type Room } from '../table.ts'
import { joined, styled, type Text } from '../text.ts'
import { type Backups, backupLines, backupsOf } from './backups.ts'
import { memberColumns } from './member-table.ts'
import { command, nowOf } from './next-step.ts'
import { slowHint } from './performance.ts'
import { conditionOf, mayFail, stateOf } from './state.ts'

/** How far the texts beside the titles are indented. */
const indent = 9

/** All about one cluster. */
export function statusLines(
  cluster: EtcdCluster,
  all: Backups,
  { room, now }: { readonly room: Room; readonly now: number },
): readonly Text[] {
  const { memberStatus = [], rollout } = cluster.status ?? {}
  const slow = slowHint(cluster)
  const columns = room.wide ? undefined : room.columns
  const section = (title: Text, texts: readonly Text[]) =>
    texts.flatMap((text, index) => titled(index === 0 ? title : '', text, indent, columns))
  return [
    ...flow(headOf(cluster), columns, 2),
    ...(memberStatus.length === 0 ? [] : drawTable(memberColumns(cluster, false), memberStatus, room)),
    ...section('Backups', backupLines(cluster, backupsOf(cluster, all), now)),
    ...section('TLS', tlsTexts(cluster, now)),
    ...section('Roll', rollout === undefined ? [] : [`${rollout.updated} of ${rollout.total} updated: ${rollout.what}`]),
    ...section(styled('warning', 'Slow'), slow === undefined ? [] : [slow]),
    ...nextLines(cluster, now, section),
  ]
}

function headOf(cluster: EtcdCluster): readonly Text[] {
  const { metadata, spec, status } = cluster
  const { word, style, reason } = stateOf(cluster)
  const version = status?.version ?? spec.version
  return [
    styled('strong', metadata.name),
    `etcd ${version}${version === spec.version ? '' : ` (${spec.version} is asked for)`}`,
    `${status?.readyMembers ?? 0} of ${spec.size} members ready`,
    ...(status?.leader === undefined ? [] : [`leader ${status.leader}`]),
    [styled(style, word), ...(reason === undefined ? [] : [` ${reason}`]), ...tolerance(cluster)],
    styled('faint', `namespace ${metadata.namespace}`),
  ]
}

function tolerance(cluster: EtcdCluster): readonly (string | ReturnType<typeof styled>)[] {
  const more = mayFail(cluster)
  if (more === undefined) return []
  return [
    ', ',
    more === 0 ? styled('warning', cluster.spec.size === 1 ? 'a single member: none may fail' : 'none may fail') : `${more} may fail`,
  ]
}

function tlsTexts(cluster: EtcdCluster, now: number): readonly Text[] {
  const { tls } = cluster.status ?? {}
  if (tls?.mode === undefined) return []
  const valid = conditionOf(cluster, 'CertificatesValid')
  const expiry = tls.nextExpiry === undefined ? '' : `, the next certificate ends in ${until(tls.nextExpiry, now)}`
  const isTrouble = tls.mode !== 'Off' && valid !== undefined && valid.status !== 'True'
  const texts: Text[] = [
    [
      tls.mode === 'Off' ? styled('warning', 'off') : tls.mode.toLowerCase(),
      expiry,
      cluster.status?.auth?.enabled ? ', users must log in' : '',
    ],
  ]
  return isTrouble ? [...texts, [styled('bad', valid.reason), ': ', valid.message]] : texts
}

function nextLines(cluster: EtcdCluster, now: number, section: (title: Text, texts: readonly Text[]) => readonly Text[]): readonly Text[] {
  const { text, ways, what } = nowOf(cluster, now)
  const { name } = cluster.metadata
  if (what === 'rests')
    return [...section('Next', [joined([text, styled('faint', `  (kubectl etcd plan ${name})`)])]), ...section('', ways)]
  const title = what === 'blocked' ? styled('bad', 'Blocked') : what === 'waits' ? 'Waits' : 'Now'
  return [...section(title, [text]), ...section('You', [...ways, ['all steps: ', command(`plan ${name}`)]])]
}
