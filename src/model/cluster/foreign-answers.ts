import { type Known, unknown } from '../known.ts'
import type { Answer, ClusterView, ForeignAnswer } from './view.ts'

export interface Separated {
  /** The answers of this cluster's own members. */
  readonly answers: ReadonlyMap<string, Known<Answer>>
  readonly foreign: ReadonlyMap<string, ForeignAnswer>
}

/**
 * Separates the answers of the cluster's own members from those of processes that run on another cluster's data. Only the own
 * members count: they answer with the pinned cluster ID or, before an ID is pinned, with the ID that more than half of them have.
 */
export function separate(all: ReadonlyMap<string, Known<Answer>>, pinned: string | undefined): Separated {
  const own = pinned ?? idOfMost(all)
  const answers = new Map<string, Known<Answer>>()
  const foreign = new Map<string, ForeignAnswer>()
  for (const [name, answer] of all) {
    if (!answer.known || !answer.value.serves || answer.value.clusterId === own) {
      answers.set(name, answer)
      continue
    }
    const { clusterId, memberId } = answer.value
    foreign.set(name, { clusterId, memberId })
    answers.set(name, unknown(`it answers as a member of cluster ${clusterId}`))
  }
  return { answers, foreign }
}

/** `demo-1 answers as a member of cluster f00d` */
export function foreignInWords({ foreignAnswers }: Pick<ClusterView, 'foreignAnswers'>): string {
  return [...foreignAnswers].map(([name, { clusterId }]) => `${name} answers as a member of cluster ${clusterId}`).join(', ')
}

function idOfMost(all: ReadonlyMap<string, Known<Answer>>): string | undefined {
  const ids = [...all.values()].flatMap((answer) => (answer.known && answer.value.serves ? answer.value.clusterId : []))
  return ids.find((id) => ids.filter((other) => other === id).length * 2 > ids.length)
}
