import { isHealthy, voters } from './members.ts'
import type { ClusterView } from './view.ts'

/** Voters that must agree before a write counts (raft, section 5): more than half. */
export function quorum(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1
}

export function healthyVoters(view: ClusterView): number {
  return voters(view).filter((member) => isHealthy(view, member)).length
}

/** How many more voters may fail before the majority is lost; negative when the majority is already lost. */
export function margin(view: ClusterView): number {
  return healthyVoters(view) - quorum(voters(view).length)
}
