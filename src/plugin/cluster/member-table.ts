import type { EtcdCluster, MemberStatus } from '../../api/etcd-cluster.ts'
import type { Column } from '../table.ts'
import { type Style, styled, type Text } from '../text.ts'

/** Entries that a member may lack under load without anything being wrong (a few are normal). */
const fewEntries = 100

/** What `status` and `members` say of a member. */
export function memberColumns(cluster: EtcdCluster, isWhole: boolean): readonly Column<MemberStatus>[] {
  const versions = new Set(cluster.status?.memberStatus?.map(({ version }) => version))
  return [
    { title: 'MEMBER', cell: ({ name }) => name },
    { title: 'ROLE', drop: 1, cell: roleOf },
    { title: 'STATE', cell: stateOfMember },
    { title: 'ID', drop: 6, ...(isWhole ? {} : { onlyWide: true }), cell: ({ id }) => id ?? '' },
    { title: 'VERSION', drop: 3, mayBeEmpty: true, cell: ({ version }) => (isWhole || versions.size > 1 ? (version ?? '') : '') },
    { title: 'DB (IN USE)', drop: 2, cell: databaseOf },
    { title: 'LAG', drop: 4, align: 'right', cell: ({ leader, raftLag }) => (leader ? '-' : String(raftLag ?? '')) },
    { title: 'VOLUME', drop: 7, cell: volumeOf },
    { title: 'NODE', drop: 5, cell: ({ node }) => node ?? '' },
    { title: 'MESSAGE', wrapsAt: 24, mayBeEmpty: true, cell: ({ message }) => message ?? '' },
  ]
}

export function roleOf({ leader, role }: MemberStatus): string {
  return leader ? 'leader' : role.toLowerCase()
}

function stateOfMember({ ready, role, raftLag }: MemberStatus): Text {
  const [word, style]: [string, Style] =
    role === 'Failed'
      ? ['failed', 'bad']
      : role === 'Joining' || role === 'Leaving'
        ? [role.toLowerCase(), 'warning']
        : role === 'Learner'
          ? ['catching up', 'warning']
          : !ready
            ? ['not ready', 'bad']
            : (raftLag ?? 0) > fewEntries
              ? ['lagging', 'warning']
              : ['ok', 'good']
  return styled(style, word)
}

function databaseOf({ dbSize, dbSizeInUse }: MemberStatus): string {
  return dbSize === undefined ? '' : `${dbSize}${dbSizeInUse === undefined ? '' : ` (${dbSizeInUse})`}`
}

function volumeOf({ volume, volumeResize, volumeSize }: MemberStatus): Text {
  if (volume === undefined) return styled('bad', 'none')
  if (volumeResize === undefined) return volumeSize ?? ''
  const isStuck = volumeResize.state === 'Infeasible' || volumeResize.state === 'Refused'
  return styled(isStuck ? 'bad' : 'warning', `${volumeSize ?? '?'} -> ${volumeResize.to}`)
}
