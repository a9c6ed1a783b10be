import type { MemberStatus } from '../../api/etcd-cluster.ts'
import { reportsDefragmenting } from './defragmenting.ts'
import { endedStep } from './long-steps.ts'
import { answerOf } from './members.ts'
import type { ClusterView, OurMember } from './view.ts'

type Identity = Pick<OurMember, 'name' | 'id'>

/** The newest defragmentation of a member. Times are on the wall clock, milliseconds since the epoch. */
export interface Defragmentation {
  readonly startedAt: number
  /** Undefined while it runs. */
  readonly finishedAt: number | undefined
  readonly bytesBefore: number | undefined
  /** How much smaller the database file became: bytes, or a quantity as the status has it. */
  readonly won: string | number | undefined
  /** Why it failed; undefined where it did not, or while it runs. */
  readonly failure: string | undefined
}

/**
 * The newer of what this operator remembers and what the status says. If the operator was restarted meanwhile, the status lacks the end:
 * the member's answer tells that the defragmentation is over, and the size of its database what it has won.
 */
export function lastDefragmentation(view: ClusterView, member: Identity): Defragmentation | undefined {
  const own = remembered(view, member)
  const told = stored(view, member)
  const last = (own?.startedAt ?? 0) >= (told?.startedAt ?? 0) ? own : told
  const isRunning = { finishedAt: undefined, won: undefined, failure: undefined }
  if (reportsDefragmenting(view, member.name))
    return { startedAt: view.now, bytesBefore: answerOf(view, member.name)?.dbBytes, ...last, ...isRunning }
  return last
}

function remembered({ memory: { longStep, ended } }: ClusterView, member: Identity): Defragmentation | undefined {
  if (longStep?.do === 'Defragment' && longStep.id === member.id)
    return { startedAt: longStep.startedAt, finishedAt: undefined, bytesBefore: longStep.bytesBefore, won: undefined, failure: undefined }
  const over = endedStep(ended, 'Defragment', member)
  return (
    over && {
      startedAt: over.startedAt,
      finishedAt: over.endedAt,
      bytesBefore: over.bytesBefore,
      won: over.after && Math.max(0, over.bytesBefore - over.after.bytes),
      failure: over.failure,
    }
  )
}

function stored(view: ClusterView, member: Identity): Defragmentation | undefined {
  const row = view.cluster.status?.memberStatus?.find(
    ({ name, id = member.id }) => name === member.name && id === member.id,
  )?.defragmentation
  // The API server takes a time for one that is none.
  if (row === undefined || [row.startedAt, row.finishedAt ?? row.startedAt].some((time) => Number.isNaN(Date.parse(time)))) return undefined
  const answer = answerOf(view, member.name)
  return row.finishedAt === undefined && answer?.serves ? endedUnseen(view, row, answer.dbBytes) : fromStatus(row)
}

function fromStatus(row: NonNullable<MemberStatus['defragmentation']>): Defragmentation {
  return {
    startedAt: Date.parse(row.startedAt),
    finishedAt: row.finishedAt === undefined ? undefined : Date.parse(row.finishedAt),
    bytesBefore: row.bytesBefore,
    won: row.won,
    failure: row.message,
  }
}

function endedUnseen({ now }: ClusterView, row: NonNullable<MemberStatus['defragmentation']>, bytes: number): Defragmentation {
  const won = Math.max(0, (row.bytesBefore ?? bytes) - bytes)
  const failure = won > 0 ? undefined : 'it has ended without making the database file smaller; the operator did not see why'
  return { ...fromStatus(row), finishedAt: now, won, failure }
}
