import { expect, test } from 'vitest'
import { isHealthy, isOurs, leaderOf, podOf, voters } from '../../src/model/cluster/members.ts'
import { nextCluster } from '../../src/model/cluster/next-cluster.ts'
import { templateHash } from '../../src/model/cluster/revision.ts'
import { outdatedMembers } from '../../src/model/cluster/rollout.ts'
import type { ClusterView, OurMember } from '../../src/model/cluster/view.ts'
import { planCluster } from '../../src/plan/cluster/policy.ts'
import { type Decision, step } from '../../src/plan/cluster/step.ts'
import { explore } from './explore.ts'
import { notFulfilled, rolling } from './workflows.ts'

/** Rolls that are wrong on purpose: the exploration must find each of them out, or its silence means nothing. */

const ends = /the pod of demo-\d, which takes part, was deleted/

test.each<readonly [string, (view: ClusterView) => Decision | undefined, RegExp]>([
  ['goes on before the last member is back', (view) => out(view, next(view)), ends],
  ['restarts a member that clients are sent to', (view) => calm(view) && restart(view, next(view)), ends],
  ['restarts the leader', (view) => calm(view) && out(view, leader(view)), ends],
  ['moves the leadership at once', (view) => calm(view) && move(view), /the leadership was moved before/],
  ['updates the template at any time', update, /the template was updated while/],
])('a roll that %s is found out', (_, first, broken) => {
  const plan = (view: ClusterView) => {
    const decision = (view.membership.known && outdatedMembers(view).length > 0 && first(view)) || undefined
    return decision === undefined ? planCluster(view) : ({ ...decision, stage: 'change', applies: 'nothing' } as const)
  }
  const from = rolling(3, [{ pod: 1 }], '3.6.16', { faultsLeft: 1 })
  expect(() => explore({ from, plan, faults: ['process frozen'], missing: notFulfilled })).toThrow(broken)
})

function next(view: ClusterView): OurMember | undefined {
  return outdatedMembers(view)[0]
}

function leader(view: ClusterView): OurMember | undefined {
  return voters(view)
    .filter(isOurs)
    .find(({ id }) => id === leaderOf(view)?.id)
}

function calm(view: ClusterView): true | undefined {
  return voters(view).every((member) => isHealthy(view, member)) || undefined
}

function restart(view: ClusterView, member: OurMember | undefined): Decision | undefined {
  const pod = member && podOf(view, member.name)
  return pod && step('Rolling', 'at once', { do: 'DeletePod', member: pod.name, uid: pod.uid })
}

/** Out of the Service as it should be, and then restarted. */
function out(view: ClusterView, member: OurMember | undefined): Decision | undefined {
  const pod = member && podOf(view, member.name)
  if (!pod?.serving) return restart(view, member)
  return step('Rolling', 'at once', { do: 'StopServing', member: pod.name, uid: pod.uid })
}

function move(view: ClusterView): Decision | undefined {
  const [from, to] = [
    leader(view),
    voters(view)
      .filter(isOurs)
      .find(({ id }) => id !== leaderOf(view)?.id),
  ]
  return from && to && step('Rolling', 'at once', { do: 'MoveLeader', member: from.name, id: from.id, to: to.name, toId: to.id })
}

function update(view: ClusterView): Decision | undefined {
  const template = templateHash(nextCluster(view))
  if (view.statefulSet.state !== 'ours' || view.statefulSet.value.template === template) return undefined
  return step('Rolling', 'at once', { do: 'UpdateTemplate', uid: view.statefulSet.uid, template })
}
