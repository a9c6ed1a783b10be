import { answerOf } from './members.ts'
import { parseVoters } from './retained-volumes.ts'
import type { ClusterView } from './view.ts'

/**
 * The IDs of the voters by name, as the volumes say: the list that most of the volumes are marked with. Where members answer, only their
 * volumes count, because the marks of members that are long away may be old.
 */
export function markedVoters(view: ClusterView): ReadonlyMap<string, string> {
  const own = view.volumes.filter(({ clusterUid, voters }) => clusterUid === view.cluster.metadata.uid && voters !== undefined)
  const answering = own.filter(({ member }) => answerOf(view, member) !== undefined)
  const marks = (answering.length > 0 ? answering : own).map(({ voters = '' }) => voters)
  const countOf = (mark: string) => marks.filter((other) => other === mark).length
  const [most = ''] = marks.toSorted((a, b) => countOf(b) - countOf(a) || b.length - a.length)
  return parseVoters(most)
}
