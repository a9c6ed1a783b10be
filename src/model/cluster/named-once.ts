import type { Member } from './view.ts'

/**
 * The member that has started keeps a name that two rows would have: etcd takes `http` and `https` of one host for two peers, and anybody
 * with access can add the other one. Without its name it is a stranger.
 */
export function namedOnce(members: readonly Member[]): readonly Member[] {
  const owners = new Map<string, Member>()
  for (const member of members) {
    const owner = member.name === undefined ? undefined : owners.get(member.name)
    if (member.name !== undefined && (owner === undefined || (member.published && !owner.published))) owners.set(member.name, member)
  }
  return members.map((member) =>
    member.name === undefined || owners.get(member.name) === member ? member : { ...member, name: undefined },
  )
}
