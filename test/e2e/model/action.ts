import { leaderOf, listedByName, podOf, volumeOf } from '../../../src/model/cluster/members.ts'
import type { ClusterView } from '../../../src/model/cluster/view.ts'
import { memberName, peerUrl } from '../../../src/model/names.ts'
import type { InitialState } from '../../../src/objects/etcd-config/member-config.ts'
import { planCluster } from '../../../src/plan/cluster/policy.ts'
import type { Step } from '../../../src/plan/cluster/step.ts'
import type { ConfigKey } from '../../world/world.ts'

/** One thing that happens in a scenario: a step of the operator's, named by ordinal, or an event that it has no part in. */
export type Action =
  /** Whatever step the plan names next. */
  | { readonly do: 'Planned' }
  | { readonly do: 'WriteConfig'; readonly ordinal: number; readonly config: ConfigKey }
  | { readonly do: 'RemoveConfig'; readonly ordinal: number }
  | { readonly do: 'SetReplicas'; readonly replicas: number }
  | { readonly do: 'MoveLeader'; readonly ordinal: number }
  | { readonly do: StepOnMember; readonly ordinal: number }
  | { readonly event: Event; readonly ordinal: number }

export type StepOnMember = 'AddLearner' | 'PromoteLearner' | 'RemoveMember' | 'StopServing' | 'DeletePod' | 'DeleteVolume'

/**
 * - `process killed`   SIGKILL to etcd; its container starts again
 * - `pod deleted`      by somebody else, with its grace period
 * - `pod killed`       the same without one
 * - `volume emptied`   the data and the pod are gone, the claim stays
 */
export type Event = 'process killed' | 'pod deleted' | 'pod killed' | 'volume emptied'

/** Why a step is refused whose object or member isn't there. */
export const nothingToActOn = 'there is nothing to act on'

/** The operator's step, with the IDs and uids of this world; undefined where what it acts on isn't there. */
export function stepOf(view: ClusterView, action: Extract<Action, { do: unknown }>): Step | undefined {
  if (action.do === 'Planned') {
    const decision = planCluster(view)
    return decision.kind === 'step' ? decision.step : undefined
  }
  if (action.do === 'SetReplicas') {
    const { statefulSet } = view
    return statefulSet.state === 'ours' ? { do: 'SetReplicas', uid: statefulSet.uid, replicas: action.replicas } : undefined
  }
  const member = memberName(view.cluster, action.ordinal)
  switch (action.do) {
    case 'WriteConfig':
      return { do: 'WriteConfig', write: { [member]: initialState(view, action.config) }, remove: [] }
    case 'RemoveConfig':
      return { do: 'WriteConfig', write: {}, remove: [member] }
    case 'AddLearner':
      return { do: 'AddLearner', member, peerUrl: peerUrl(view.cluster, member) }
    case 'StopServing':
    case 'DeletePod': {
      const pod = podOf(view, member)
      return pod && { do: action.do, member, uid: pod.uid }
    }
    case 'DeleteVolume': {
      const volume = volumeOf(view, member)
      return volume && { do: 'DeleteVolume', member, volume: volume.name, uid: volume.uid }
    }
    default:
      return memberStep(view, action.do, member)
  }
}

function memberStep(view: ClusterView, action: 'PromoteLearner' | 'RemoveMember' | 'MoveLeader', member: string): Step | undefined {
  const id = listedByName(view, member)?.id
  if (id === undefined) return undefined
  switch (action) {
    case 'PromoteLearner':
      return { do: 'PromoteLearner', member, id }
    case 'RemoveMember':
      return { do: 'RemoveMember', member, id, failedToJoin: false }
    case 'MoveLeader': {
      const leader = leaderOf(view)
      return leader?.name === undefined || leader.id === id
        ? undefined
        : { do: 'MoveLeader', member: leader.name, id: leader.id, to: member, toId: id }
    }
  }
}

function initialState({ cluster }: ClusterView, { state, members }: ConfigKey): InitialState {
  return state === 'established' ? { state } : { state, members: members.map((ordinal) => memberName(cluster, ordinal)) }
}

export function textOf(action: Action): string {
  if ('event' in action) return `EVENT ${action.event}: demo-${action.ordinal}`
  if (action.do === 'Planned') return 'the step that the plan names'
  if (action.do === 'SetReplicas') return `SetReplicas ${action.replicas}`
  if (action.do === 'WriteConfig') return `WriteConfig demo-${action.ordinal} ${action.config.state} ${action.config.members}`
  return `${action.do} demo-${action.ordinal}`
}
