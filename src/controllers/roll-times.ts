import { isHealthy, isOurs, podOf, voters } from '../model/cluster/members.ts'
import { whyOutdated } from '../model/cluster/revision.ts'
import { progressOf } from '../model/cluster/rollout.ts'
import { isServing } from '../model/cluster/serving.ts'
import type { ClusterView } from '../model/cluster/view.ts'
import type { EventDraft } from '../model/event.ts'
import { memberUpdatedEvent, rolledEvent } from '../report/events.ts'

/**
 * How long each member of a roll was away, and how long the roll took, for the Events; an operator that is restarted in the middle tells
 * less. Times are on the monotonic clock, milliseconds.
 */
export class RollTimes {
  readonly #restarts = new Map<string, { readonly uid: string; readonly atMs: number }>()
  #began: { readonly atMs: number; readonly what: string } | undefined

  /** The pod of a member was deleted, to restart the member. */
  restarted(member: string, uid: string, what: string, atMs: number): void {
    this.#restarts.set(member, { uid, atMs })
    this.#began = { atMs: this.#began?.atMs ?? atMs, what }
  }

  /** The Events of what has ended since: a member serves again, all members run what they should. */
  ended(view: ClusterView): readonly EventDraft[] {
    const back = [...this.#restarts].filter(([name, { uid }]) => isBack(view, name, uid))
    for (const [name] of back) this.#restarts.delete(name)
    const began = this.#began
    const isOver = began !== undefined && this.#restarts.size === 0 && view.membership.known && progressOf(view) === undefined
    if (isOver) this.#began = undefined
    return [
      ...back.map(([name, { atMs }]) => memberUpdatedEvent(view.cluster, name, view.monotonicMs - atMs)),
      ...(isOver ? [rolledEvent(view.cluster, voters(view).length, began.what, view.monotonicMs - began.atMs)] : []),
    ]
  }
}

/** Whether another pod of the member serves, with what it should run. */
function isBack(view: ClusterView, name: string, uid: string): boolean {
  const member = voters(view)
    .filter(isOurs)
    .find((one) => one.name === name)
  const pod = podOf(view, name)
  if (member === undefined || pod === undefined || pod.uid === uid) return false
  return isHealthy(view, member) && isServing(view, name) && whyOutdated(view, name).length === 0
}
