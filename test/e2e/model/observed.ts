import { listed } from '../../../src/model/cluster/members.ts'
import type { ClusterView, PodFacts } from '../../../src/model/cluster/view.ts'

/** Tells uids and member IDs by the moment at which they were first seen at rest: real ones are never the same as the model's. */
export class FirstSeen {
  readonly #known = new Map<string, number>()
  readonly #learners = new Set<string>()
  #moment = 0

  /** `@N`: new at the Nth moment; what was not seen at rest before is new now. */
  mark(id: string): string {
    return `@${this.#known.get(id) ?? this.#moment}`
  }

  /** Whether the pod was seen as a learner's: whether it kept its label for clients then depends on when it was looked at. */
  asLearner({ uid }: PodFacts): boolean {
    return this.#learners.has(uid)
  }

  /** The world is at rest: what it holds is known from here on. */
  rests(view: ClusterView): void {
    const ids = [...listed(view).map(({ id }) => id), ...view.pods.map(({ uid }) => `pod ${uid}`), ...view.volumes.map(volumeKey)]
    for (const id of ids) if (!this.#known.has(id)) this.#known.set(id, this.#moment)
    for (const pod of view.pods) if (isLearner(view, pod)) this.#learners.add(pod.uid)
    this.#moment += 1
  }
}

/** What a history holds of one moment, a line for each thing: the same facts that the rules read. */
export function observed(view: ClusterView, seen: FirstSeen): readonly string[] {
  const { membership, statefulSet, config } = view
  const members = membership.known
    ? [...membership.value.members]
        .toSorted(byName)
        .map(
          ({ name, id, isLearner, published }) =>
            `${name}${seen.mark(id)} ${isLearner ? 'learner' : 'voter'}${published ? '' : ', never started'}`,
        )
    : []
  return [
    `members: ${membership.known ? members.join('; ') : 'no majority tells'}`,
    `StatefulSet: ${statefulSet.state === 'ours' ? `${statefulSet.value.replicas} replicas` : statefulSet.state}`,
    ...view.pods.toSorted(byName).map((pod) => `pod ${pod.name}${seen.mark(`pod ${pod.uid}`)}: ${podText(view, pod, seen)}`),
    ...view.volumes
      .toSorted(byName)
      .map(
        (volume) =>
          `volume ${volume.member}${seen.mark(volumeKey(volume))}: ${volume.memberId === undefined ? 'no mark' : `of ${seen.mark(volume.memberId)}`}${volume.deleting ? ', being deleted' : ''}`,
      ),
    ...(config.state === 'ours'
      ? [...config.value.members]
          .toSorted()
          .map(([name, { state, members }]) => `config ${name}: ${state} ${state === 'established' ? '' : members.toSorted()}`.trim())
      : []),
  ]
}

function podText(view: ClusterView, pod: PodFacts, seen: FirstSeen): string {
  if (pod.endsBy !== undefined) return 'is being deleted'
  const clients = pod.serving && !isLearner(view, pod) && !seen.asLearner(pod) ? ', clients are sent to it' : ''
  const answer = view.answers.get(pod.name)
  if (pod.etcd.state !== 'running') return `${pod.lastExit === undefined ? 'waits' : `ended, ${exitText(view, pod)}`}${clients}`
  if (!answer?.known || !answer.value.serves) return `runs${clients}`
  return `serves as ${seen.mark(answer.value.memberId)}${clients}`
}

function isLearner(view: ClusterView, { name }: PodFacts): boolean {
  return listed(view).some((member) => member.name === name && member.isLearner)
}

/** etcd's own words don't tell a removed member from others; its mark and the list do. */
function exitText(view: ClusterView, { name, lastExit }: PodFacts): string {
  const marked = view.volumes.find(({ member }) => member === name)?.memberId
  if (lastExit?.cause === 'empty-volume') return 'its volume is empty'
  if (lastExit?.cause === 'list-differs') return 'its list differs'
  return view.membership.known && marked !== undefined && !listed(view).some(({ id }) => id === marked)
    ? 'it is not listed'
    : 'for another reason'
}

function volumeKey({ uid }: { readonly uid: string }): string {
  return `volume ${uid}`
}

function byName(a: { readonly name: string | undefined }, b: { readonly name: string | undefined }): number {
  return (a.name ?? '').localeCompare(b.name ?? '')
}
