import type { EtcdUser } from '../../api/etcd-user.ts'
import { etcdUserOf } from './names.ts'

/**
 * Another EtcdUser that has this one's user in etcd: the one that has claimed it, else the older one. Both lists come from one look, so
 * two EtcdUsers never find each other.
 */
export function rivalOf(user: EtcdUser, all: readonly EtcdUser[], clusterUid: string | undefined): EtcdUser | undefined {
  return all.find((other) => other.metadata.uid !== user.metadata.uid && isSameUser(other, user) && precedes(other, user, clusterUid))
}

function isSameUser(a: EtcdUser, b: EtcdUser): boolean {
  return a.spec.cluster === b.spec.cluster && etcdUserOf(a) === etcdUserOf(b)
}

function precedes(a: EtcdUser, b: EtcdUser, clusterUid: string | undefined): boolean {
  const claims = [a, b].map(({ status }) => clusterUid !== undefined && status?.claim?.clusterUID === clusterUid)
  if (claims[0] !== claims[1]) return claims[0] === true
  const [ageA, ageB] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  return ageA === ageB ? a.metadata.name < b.metadata.name : ageA < ageB
}
