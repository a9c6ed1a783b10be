import type { Etcd } from '../../adapters/etcd/calls.ts'
import { Failure } from '../../adapters/failure.ts'
import type { EndedStep, LongStep } from '../../model/cluster/long-steps.ts'
import { messageOf } from '../../model/message-of.ts'
import type { MemberEndpoint } from '../../model/names.ts'
import type { ClusterMemory } from '../../observe/cluster/memory.ts'
import type { Clock } from '../../runtime/clock.ts'

export interface Beside {
  readonly memory: ClusterMemory
  readonly etcd: Pick<Etcd, 'status'>
  readonly clock: Clock
  /** Called once, when the step has ended: it wakes the cluster. */
  readonly ended: (step: EndedStep) => void
}

/** Begins a long step; `call` has a deadline of its own. */
export type Begin = (step: Omit<LongStep, 'startedAt'>, endpoint: MemberEndpoint, call: () => Promise<void>) => void

/**
 * Runs long steps beside the passes over one cluster, one at a time. A pass has a deadline of 60 s; a step of minutes only begins in
 * it. Neither the end of the pass nor a shutdown cancels the call: etcd would go on in any case, and its metrics page says so.
 */
export function besidePasses({ memory, etcd, clock, ended }: Beside): Begin {
  return (step, endpoint, call) => {
    if (memory.longStep !== undefined) throw new Failure('conflict', `${memory.longStep.do} of ${memory.longStep.member} has not ended yet`)
    const running = { ...step, startedAt: clock.now() }
    memory.longStep = running
    void run(call)
      .then(async (failure): Promise<EndedStep> => {
        const after = await etcd.status(endpoint).catch(() => undefined)
        return {
          ...running,
          endedAt: clock.now(),
          endedMs: clock.monotonicMs(),
          after: after && { bytes: after.dbSize, bytesInUse: after.dbSizeInUse },
          failure,
        }
      })
      .then((over) => {
        memory.endLongStep(over)
        ended(over)
      })
  }
}

/** Why the call failed; undefined where it did not. */
async function run(call: () => Promise<void>): Promise<string | undefined> {
  try {
    await call()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
