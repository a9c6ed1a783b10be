import { oncePerObject } from '../once-per.ts'
import { isOurs, listed, podOf } from './members.ts'
import type { ClusterView, Member } from './view.ts'

/** What a member has stored of another one, and etcd's list says otherwise. */
export interface StoredWrongly {
  /** The member that has stored it. */
  readonly by: string
  /** The member that it is about; undefined: etcd lists no such member any more. */
  readonly about: Member | undefined
  readonly words: string
}

/**
 * Where the members' own databases disagree with etcd's list; empty while they were not read. Releases of 3.5 before 3.5.24 and 3.5.26 left
 * promoted members as learners there, and members that had been removed (etcd pull requests 20793 and 20995).
 */
export const storedWrongly = oncePerObject((view: ClusterView): readonly StoredWrongly[] => {
  if (!view.storedMembers.known) return []
  const members = listed(view)
  return [...view.storedMembers.value].flatMap(([by, rows]) => {
    const stored = new Map(rows.map((row) => [row.id, row]))
    const wrong = members.flatMap((about) => {
      const row = stored.get(about.id)
      if (row === undefined) return [{ by, about, words: `${by} has not stored ${nameOf(about)}` }]
      return row.isLearner === about.isLearner
        ? []
        : [{ by, about, words: `${by} has stored ${nameOf(about)} as a ${row.isLearner ? 'learner' : 'voter'}` }]
    })
    const gone = rows
      .filter(({ id }) => !members.some((member) => member.id === id))
      .map(({ id }) => ({ by, about: undefined, words: `${by} has stored ${id}, which was removed` }))
    return [...wrong, ...gone]
  })
})

/**
 * Whether a restart of this member corrects what another one has stored of it: 3.5.26 and later write it again when a member publishes
 * itself at its start. Where any member has started after one that has stored it wrongly, restarts are of no help, and no other is tried:
 * two members that have each stored the other one wrongly would be restarted in turn, for ever.
 */
export function correctsByRestart(view: ClusterView, member: string): boolean {
  const wrong = storedWrongly(view)
  const isOlder = (one: string, other: string) => startOf(view, one) < startOf(view, other)
  if (wrong.some(({ by, about }) => about?.name !== undefined && isOlder(by, about.name))) return false
  return wrong.some(({ by, about }) => about?.name === member && isOlder(member, by))
}

/** Whether restarts of members can still correct what is stored. */
export function isCorrectable(view: ClusterView): boolean {
  return listed(view)
    .filter(isOurs)
    .some(({ name }) => correctsByRestart(view, name))
}

function startOf(view: ClusterView, name: string): number {
  const etcd = podOf(view, name)?.etcd
  return etcd?.state === 'running' ? etcd.since : Number.POSITIVE_INFINITY
}

function nameOf({ name, id }: Member): string {
  return name ?? id
}
