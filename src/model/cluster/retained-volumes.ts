import { quorum } from './quorum.ts'
import type { ClusterView, VolumeFacts } from './view.ts'

/** The volumes under this cluster's names that were written for an earlier EtcdCluster. */
export function retainedVolumes(view: ClusterView): readonly VolumeFacts[] {
  return view.volumes.filter((volume) => volume.labelled && volume.clusterUid !== view.cluster.metadata.uid)
}

/** Whether a claim never had a volume that could hold data. True only for claims that were created for an EtcdCluster. */
export function neverHeldData({ unused, clusterUid, memberId }: VolumeFacts): boolean {
  return unused && clusterUid !== undefined && memberId === undefined
}

export type Adoptable =
  | { readonly kind: 'adoptable'; readonly clusterId: string; readonly incarnation: string; readonly members: readonly string[] }
  | { readonly kind: 'refused'; readonly why: string }

/**
 * The members that the retained volumes bring back. Each volume is annotated with the voters of the time when it was last marked; the
 * volumes of a majority of these voters must exist and agree, or the newest writes could be missing.
 */
export function adoptableVolumes(view: ClusterView): Adoptable {
  const retained = retainedVolumes(view)
  const opinions = new Map<string, VolumeFacts[]>()
  for (const volume of retained) {
    if (volume.voters === undefined || volume.clusterId === undefined || volume.incarnation === undefined) continue
    const key = [volume.clusterId, volume.incarnation, volume.voters].join(' ')
    opinions.set(key, [...(opinions.get(key) ?? []), volume])
  }
  const names = retained.map(({ name }) => name).join(', ')
  const believed = [...opinions.values()].flatMap((volumes) => withMajority(volumes) ?? [])
  const [only, another] = believed
  if (only !== undefined && another === undefined) return only
  // One volume may have been marked before other members joined, or kept when its member was removed: the volumes don't tell which.
  if (another !== undefined) {
    const lists = believed.map(({ members }) => members.join(', ')).join(' or ')
    return {
      kind: 'refused',
      why: `${names}: the volumes tell of different voters (${lists}), so it can't be known which list was the last; delete the PersistentVolumeClaims of members that had left, or restore a backup under another name`,
    }
  }
  if (opinions.size === 0)
    return {
      kind: 'refused',
      why: `${names}: none of these volumes says which cluster it belongs to; restore a backup under another name, or delete them`,
    }
  const [largest] = [...opinions.values()].toSorted((a, b) => b.length - a.length)
  const expected = parseVoters(largest?.[0]?.voters ?? '')
  return {
    kind: 'refused',
    why: `${names}: no majority of the volumes of one cluster is there and agrees (expected those of ${[...expected.keys()].join(', ')}); bring the missing volumes back, or restore a backup under another name`,
  }
}

/** The cluster of volumes that agree on the voters, if they include a majority of these voters. */
function withMajority(volumes: readonly VolumeFacts[]): Extract<Adoptable, { kind: 'adoptable' }> | undefined {
  const [first] = volumes
  if (first?.clusterId === undefined || first.incarnation === undefined) return undefined
  const voters = parseVoters(first.voters ?? '')
  const present = volumes.filter((volume) => volume.memberId !== undefined && voters.get(volume.member) === volume.memberId)
  if (present.length < quorum(voters.size)) return undefined
  return { kind: 'adoptable', clusterId: first.clusterId, incarnation: first.incarnation, members: [...voters.keys()] }
}

/** `demo-0=8e9e05c52164694d,demo-1=...` */
export function formatVoters(voters: readonly { readonly name: string; readonly id: string }[]): string {
  return voters
    .map(({ name, id }) => `${name}=${id}`)
    .toSorted()
    .join(',')
}

/** The member IDs by name, of the text that `formatVoters` made. */
export function parseVoters(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').flatMap((pair) => {
      const [name, id] = pair.split('=')
      return name && id ? [[name, id] as const] : []
    }),
  )
}
