import { annotation } from '../../../api/labels.ts'
import { lastDefragmentation } from '../../../model/cluster/defragmentations.ts'
import { whyNoRoom } from '../../../model/cluster/space.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { type OpenWish, openWish } from '../../../model/cluster/wishes.ts'
import type { TakeStep } from '../../decision.ts'
import { defragment, inTurn, isCalm } from '../defragment.ts'
import { awaitWindow } from '../maintenance-window.ts'
import { type Decision, type Step, step, wait } from '../step.ts'

const asked = `the defragmentation that the annotation ${annotation.defragment} asks for`

/**
 * Defragments every member once, because a person asks for it: followers first, the leader last, with the gates of the schedule.
 *
 *   noted as begun -> each member that was not defragmented since -> noted as done, with those that could not be
 *
 * Whether little or much of a file is free does not matter. One approval, or one window, is asked for all members; a window that closes
 * stops after the present member.
 */
export function defragmentOnDemand(view: ClusterView): Decision | undefined {
  const wish = openWish(view.cluster, 'defragment', view.now)
  if (wish === undefined || !isCalm(view)) return undefined
  const begin = note('Defragmenting', wish, 'Begun', `${asked} is begun`)
  return awaitWindow(view, begin.step, asked) ?? (wish.since === undefined ? begin : next(view, wish, wish.since))
}

/** Tells what the defragmentation waits for, where no other rule does. */
export function awaitCalm(view: ClusterView): Decision | undefined {
  if (openWish(view.cluster, 'defragment', view.now) === undefined || isCalm(view)) return undefined
  const what = view.backups.running.length > 0 ? 'the end of the backup that is being taken' : 'all voters to answer and to be ready'
  return wait('Defragmenting', `${asked} waits for ${what}. To take the wish back, remove the annotation`, 5000)
}

function next(view: ClusterView, wish: OpenWish, since: number): TakeStep<Step> {
  const rows = inTurn(view).map((one) => {
    const last = lastDefragmentation(view, one.member)
    const done = last !== undefined && last.startedAt >= since ? last : undefined
    return { ...one, done, trouble: done === undefined ? whyNoRoom(view, one.member.name) : named(one.member.name, done.failure) }
  })
  const due = rows.find(({ done, trouble }) => done === undefined && trouble === undefined)
  if (due !== undefined) return defragment('Defragmenting', due.member, due.answer)
  const troubles = rows.flatMap(({ trouble }) => trouble ?? [])
  const count = `${rows.length - troubles.length} of ${rows.length} members were defragmented`
  return troubles.length === 0
    ? note('WishFulfilled', wish, 'Done', count)
    : note('WishNotFulfilled', wish, 'Failed', [count, ...troubles].join('; '))
}

function named(member: string, failure: string | undefined): string | undefined {
  return failure === undefined ? undefined : `${member} could not be: ${failure}`
}

function note(
  reason: 'Defragmenting' | 'WishFulfilled' | 'WishNotFulfilled',
  { mark }: OpenWish,
  state: 'Begun' | 'Done' | 'Failed',
  message: string,
): TakeStep<Step> {
  return step(reason, message, { do: 'NoteWish', kind: 'defragment', mark, state, message })
}
