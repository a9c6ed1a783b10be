import type { AgentPod } from '../../src/model/agent/run.ts'
import type { PodReport } from '../../src/model/pod-start.ts'

/** A pod of which there is nothing to say, unless told otherwise. */
export function aPodReport(changes: Partial<PodReport> = {}): PodReport {
  return {
    name: 'pod-1',
    node: 'n1',
    ageMs: 60_000,
    unschedulable: undefined,
    waiting: undefined,
    warning: undefined,
    overdueMs: undefined,
    ...changes,
  }
}

/** A pod of a Job that has ended and reported nothing, unless told otherwise. */
export function anAgentPod(changes: Partial<AgentPod> = {}): AgentPod {
  const name = changes.name ?? 'pod-1'
  return {
    name,
    ended: true,
    agentEndedMs: undefined,
    result: undefined,
    exit: undefined,
    report: aPodReport({ name }),
    bound: undefined,
    ...changes,
  }
}

/** A pod of a Job that doesn't run yet, or doesn't end. */
export function waitingPod(changes: Partial<PodReport>): AgentPod {
  return anAgentPod({ ended: false, report: aPodReport(changes) })
}

export const withoutNode = (why = '0/3 nodes are available: 3 Insufficient cpu.') => waitingPod({ node: undefined, unschedulable: why })
export const withoutImage = waitingPod({ waiting: { reason: 'ImagePullBackOff', message: 'no such image' } })
export const withoutVolume = waitingPod({ node: undefined, unschedulable: 'pod has unbound immediate PersistentVolumeClaims' })
/** Its node is lost. */
export const neverEnding = waitingPod({ overdueMs: 120_000 })
