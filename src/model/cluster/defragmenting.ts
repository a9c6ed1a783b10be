import { formatBytes } from '../quantity.ts'
import { answerOf, configOf } from './members.ts'
import type { ClusterView } from './view.ts'

/**
 * The member that is being defragmented, by its name: this operator's own call says so, or the member's metrics page, whoever has
 * begun it. On its client port the member answers nothing meanwhile, but it takes part in raft as before: it counts as present.
 */
export function defragmentingMember(view: Pick<ClusterView, 'memory' | 'answers'>): string | undefined {
  const { longStep } = view.memory
  return longStep?.do === 'Defragment' ? longStep.member : [...view.answers.keys()].find((name) => tellsSo(view, name))
}

/** Whether the member's own metrics page says that it is being defragmented. */
export function tellsSo({ answers }: Pick<ClusterView, 'answers'>, name: string): boolean {
  const answer = answers.get(name)
  return answer?.known === true && !answer.value.serves && answer.value.isDefragmenting
}

/** The member of a cluster of one that is being defragmented: nobody can give the member list then, which says nothing about the data. */
export function loneDefragmentingMember(view: ClusterView): string | undefined {
  const name = defragmentingMember(view)
  if (name === undefined || view.membership.known || view.config.state !== 'ours') return undefined
  const others = [...view.config.value.members.keys()].filter((other) => other !== name && configOf(view, other)?.state !== 'joining')
  return others.length === 0 ? name : undefined
}

/** What goes on, for people. */
export function defragmentationInWords(view: ClusterView, name: string): string {
  const bytes = answerOf(view, name)?.dbBytes ?? view.memory.longStep?.bytesBefore
  const size = bytes === undefined ? '' : ` of ${formatBytes(bytes)}`
  return `${name} is being defragmented: etcd copies its database${size}, and answers no client of ${name} meanwhile`
}
