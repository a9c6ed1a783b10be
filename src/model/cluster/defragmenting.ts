import { formatBytes } from '../quantity.ts'
import { answerOf, configOf } from './members.ts'
import type { ClusterView } from './view.ts'

/**
 * The name of the member that is being defragmented, as this operator's own call or the member's metrics page says; anybody may have begun
 * that. The member answers nothing on its client port meanwhile, but it takes part in raft as before: it counts as present.
 */
export function defragmentingMember(view: Pick<ClusterView, 'memory' | 'answers'>): string | undefined {
  const { longStep } = view.memory
  return longStep?.do === 'Defragment' ? longStep.member : [...view.answers.keys()].find((name) => reportsDefragmenting(view, name))
}

/** Whether the member's own metrics page says that it is being defragmented. */
export function reportsDefragmenting({ answers }: Pick<ClusterView, 'answers'>, name: string): boolean {
  const answer = answers.get(name)
  return answer?.known === true && !answer.value.serves && answer.value.isDefragmenting
}

/** The only member of a cluster, while it is being defragmented: it can't give the member list then, and its data is not lost for that. */
export function loneDefragmentingMember(view: ClusterView): string | undefined {
  const name = defragmentingMember(view)
  if (name === undefined || view.membership.known || view.config.state !== 'ours') return undefined
  const others = [...view.config.value.members.keys()].filter((other) => other !== name && configOf(view, other)?.state !== 'joining')
  return others.length === 0 ? name : undefined
}

/** For people: which member is being defragmented, and what that means for its clients. */
export function defragmentationInWords(view: ClusterView, name: string): string {
  const bytes = answerOf(view, name)?.dbBytes ?? view.memory.longStep?.bytesBefore
  const size = bytes === undefined ? '' : ` of ${formatBytes(bytes)}`
  return `${name} is being defragmented: etcd copies its database${size}, and answers no client of ${name} meanwhile`
}
