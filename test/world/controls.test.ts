import { expect, test } from 'vitest'
import { isHealthy, isOurs, learners, listedByName, podOf, voters } from '../../src/model/cluster/members.ts'
import { podTrouble } from '../../src/model/cluster/pod-trouble.ts'
import { leavingMembers } from '../../src/model/cluster/scaling.ts'
import type { ClusterView, Member } from '../../src/model/cluster/view.ts'
import { unknown } from '../../src/model/known.ts'
import { volumeName } from '../../src/model/names.ts'
import { planCluster } from '../../src/plan/cluster/policy.ts'
import { type Decision, type Step, step } from '../../src/plan/cluster/step.ts'
import { type Exploration, explore } from './explore.ts'
import type { Plan } from './operator.ts'
import { beginning, notFulfilled, notFulfilledNorReported, restoring, scaling } from './workflows.ts'

/** Plans that are wrong on purpose: the exploration must find each of them out, or its silence means nothing. */

test('a plan that begins a second cluster after the pin is found out', () => {
  const plan = changing((step, view) =>
    step.do === 'WriteConfig' && view.cluster.status?.clusterID !== undefined
      ? { ...step, write: Object.fromEntries(Object.keys(step.write).map((name) => [name, { state: 'bootstrap', members: [name] }])) }
      : step,
  )
  expect(exploring({ from: scaling([1, 3], '3.6.16'), plan })).toThrow(/was told to begin a new cluster after the pin/)
})

test('a plan that promotes at once is found out', () => {
  const plan = before((view) => {
    const learner = learners(view)
      .filter(isOurs)
      .find((member) => member.published)
    return learner && step('LearnerInSync', 'at once', { do: 'PromoteLearner', member: learner.name, id: learner.id })
  })
  expect(exploring({ from: scaling([1, 3], '3.6.16'), plan })).toThrow(/was promoted without the log/)
})

test('a plan that sets no guard is found out', () => {
  const plan = seeing((view) => ({ ...view, config: allEstablished(view) }))
  expect(exploring({ from: scaling([3, 5], '3.6.16'), plan })).toThrow(/was promoted before its guard was set/)
})

test('a plan that sets the guard after the promotion is found out', () => {
  const plan = seeing((view) => ({ ...view, config: establishedWhere(view, (name) => isOpenLearner(listedByName(view, name))) }))
  expect(exploring({ from: scaling([3, 5], '3.6.16'), plan })).toThrow(/was promoted before its guard was set/)
})

test('without the guard a member whose volume is lost would vote without its log', () => {
  const from = beginning(3, '3.6.16', { faultsLeft: 1 })
  const plan = changing((step) =>
    step.do === 'WriteConfig' && Object.values(step.write).some(({ state }) => state === 'established')
      ? {
          ...step,
          write: Object.fromEntries(
            Object.keys(step.write).map((name) => [name, { state: 'joining', members: ['demo-0', 'demo-1', 'demo-2'] }]),
          ),
        }
      : step,
  )
  expect(exploring({ from, plan, faults: ['volume emptied'] })).toThrow(/was allowed to start on an empty volume/)
})

test('a plan that deletes a volume by its name is found out', () => {
  const plan = before((view) => {
    const volume = view.volumes.find(({ member, deleting }) => !deleting && Number(member.slice('demo-'.length)) >= view.cluster.spec.size)
    return (
      volume &&
      step('CleaningUp', 'by name', { do: 'DeleteVolume', member: volume.member, volume: volumeName(volume.member), uid: volume.uid })
    )
  })
  expect(exploring({ from: scaling([3, 1], '3.6.16'), plan })).toThrow(/the volume of the listed member demo-\d was deleted/)
})

test('a plan that removes without waiting for the others is found out', () => {
  const plan = before((view) => {
    const leaving = leavingMembers(view).find((member) => !member.isLearner)
    return leaving && step('ScalingDown', 'at once', { do: 'RemoveMember', member: leaving.name, id: leaving.id, failedToJoin: false })
  })
  const from = scaling([5, 3], '3.6.16', { faultsLeft: 1 })
  expect(exploring({ from, plan, faults: ['process killed'] })).toThrow(/was removed while|while clients are sent there/)
})

test('an operator that trusts a cached list for a removal is found out', () => {
  const from = scaling([3, 1, 3], '3.6.16', { faultsLeft: 1 })
  expect(exploring({ from, operator: { trustsCache: true }, faults: ['cache lags'] })).toThrow(
    /which serves, was removed, and the user asks for 3/,
  )
})

test('an operator that deletes without the uid as a precondition is found out', () => {
  const from = scaling([3, 1, 3], '3.6.16', { faultsLeft: 1 })
  expect(exploring({ from, operator: { lateCall: true, deletesByName: true } })).toThrow(
    /the volume of the listed member demo-\d was deleted/,
  )
})

/** Takes whoever does not answer for lost. */
const replacesSilent: Plan = before((view) => {
  const silent = voters(view)
    .filter(isOurs)
    .find((member) => podOf(view, member.name) !== undefined && !isHealthy(view, member))
  return silent && step('VolumeLost', 'silent', { do: 'RemoveMember', member: silent.name, id: silent.id, failedToJoin: false })
})

test('a plan that replaces a frozen member is found out', () => {
  const from = scaling([3], '3.6.16', { faultsLeft: 1 })
  expect(exploring({ from, plan: replacesSilent, faults: ['process frozen'] })).toThrow(/was replaced, and is only frozen/)
})

test('a plan that replaces without a healthy majority is found out', () => {
  const lost = before((view) => {
    const member = voters(view)
      .filter(isOurs)
      .find(({ name }) => podTrouble(view, name)?.reason === 'VolumeLost')
    return member && step('VolumeLost', 'at once', { do: 'RemoveMember', member: member.name, id: member.id, failedToJoin: false })
  })
  const from = scaling([3], '3.6.16', { faultsLeft: 2 })
  expect(exploring({ from, missing: notFulfilledNorReported, plan: lost, faults: ['volume emptied', 'process killed'] })).toThrow(
    /was removed while demo-\d did not answer/,
  )
})

test('a plan that takes a sick member for a healthy one is found out', () => {
  const plan = seeing((view) => ({ ...view, answers: allAnswer(view), pods: allReady(view) }))
  const from = scaling([3, 1], '3.6.16', { faultsLeft: 1 })
  expect(exploring({ from, plan, faults: ['process killed'] })).toThrow(/takes the majority/)
})

test('a plan that sets the replicas to the wish is found out', () => {
  const plan = before((view) => {
    if (view.statefulSet.state !== 'ours' || view.statefulSet.value.replicas === view.cluster.spec.size) return undefined
    return step('ScalingDown', 'as wished', {
      do: 'SetReplicas',
      uid: view.statefulSet.uid,
      replicas: view.cluster.spec.size,
      member: '',
    })
  })
  expect(exploring({ from: scaling([5, 3], '3.6.16'), plan })).toThrow(
    /are all being ended by the operator|while clients are sent there|while it led/,
  )
})

test('a plan that writes while it is paused is found out', () => {
  const plan: Plan = (view) => planCluster({ ...view, cluster: { ...view.cluster, spec: { ...view.cluster.spec, paused: false } } })
  const later = [{ size: 5, paused: true }]
  expect(exploring({ from: scaling([3], '3.6.16', { later }), plan })).toThrow(/while paused/)
})

test('a plan that begins a restored cluster empty is found out', () => {
  const plan = changing((step) =>
    step.do === 'WriteConfig' && step.write['demo-0']?.state === 'established'
      ? { ...step, write: { 'demo-0': { state: 'bootstrap', members: ['demo-0'] } } }
      : step,
  )
  expect(exploring({ from: restoring(1, '3.6.16'), plan })).toThrow(/was told to begin without the data of the backup/)
})

test('a plan that starts a restored member before its data is there is found out', () => {
  const plan = changing((step) =>
    step.do === 'CreateRestoreJob' ? { do: 'WriteConfig', write: { 'demo-0': { state: 'established' } }, remove: [] } : step,
  )
  expect(exploring({ from: restoring(1, '3.6.16'), plan })).toThrow(/was to start before its data was there/)
})

test('a plan that makes room for a restore is found out', () => {
  const plan = before((view) => {
    const [volume] = view.volumes.filter(({ clusterUid, deleting }) => clusterUid === 'earlier' && !deleting)
    return (
      volume && step('ClearingOldVolume', 'by name', { do: 'DeleteVolume', member: volume.member, volume: volume.name, uid: volume.uid })
    )
  })
  expect(exploring({ from: restoring(3, '3.6.16', 2), plan })).toThrow(/the data that an earlier cluster left on data-demo-\d was deleted/)
})

test('a plan that scales while members hold different data is found out', () => {
  const plan = seeing((view) => ({ ...view, answers: withoutAlarms(view), hashVote: unknown('nobody asks'), pods: allReady(view) }))
  const from = scaling([3, 1], '3.6.16', { faultsLeft: 1 })
  expect(exploring({ from, plan, faults: ['data differs'] })).toThrow(/while members hold different data/)
})

test('a plan that waits for ever is found out', () => {
  const plan = changing(
    (step) => step,
    (view) => learners(view).length > 0,
  )
  expect(exploring({ from: scaling([1, 3], '3.5.35'), plan })).toThrow(/nothing happens any more/)
})

test('a plan that goes round for ever is found out', () => {
  const plan = before((view) => {
    const added = learners(view).filter(isOurs)[0]
    return added && step('CleaningUp', 'again', { do: 'RemoveMember', member: added.name, id: added.id, failedToJoin: false })
  })
  expect(exploring({ from: scaling([1, 3], '3.5.35'), plan })).toThrow(/goes round for ever/)
})

function exploring(exploration: Omit<Exploration, 'missing'> & Partial<Exploration>): () => void {
  return () => explore({ missing: notFulfilled, ...exploration })
}

/** The plan, with a rule before all others. */
function before(rule: (view: ClusterView) => Decision | undefined): Plan {
  return (view) => {
    const planned = planCluster(view)
    const first = view.membership.known ? rule(view) : undefined
    return first === undefined ? planned : { ...first, stage: planned.stage, applies: planned.applies }
  }
}

/** The plan, with other steps than it decided; `isStuck`: with none. */
function changing(change: (step: Step, view: ClusterView) => Step, isStuck: (view: ClusterView) => boolean = () => false): Plan {
  return (view) => {
    const decision = planCluster(view)
    const { stage, applies } = decision
    if (isStuck(view)) return { kind: 'wait', reason: 'StartingMembers', message: 'for ever', recheckMs: 1000, stage, applies }
    return decision.kind === 'step' ? { ...decision, step: change(decision.step, view) } : decision
  }
}

/** The plan, deceived about what is there. */
function seeing(change: (view: ClusterView) => ClusterView): Plan {
  return (view) => planCluster(change(view))
}

function allEstablished(view: ClusterView): ClusterView['config'] {
  return establishedWhere(view, (name) => listedByName(view, name)?.published === true)
}

function isOpenLearner(member: Member | undefined): boolean {
  return member?.isLearner === true && member.published
}

function establishedWhere(view: ClusterView, isSo: (name: string) => boolean): ClusterView['config'] {
  if (view.config.state !== 'ours') return view.config
  const members = [...view.config.value.members].map(
    ([name, entry]) => [name, isSo(name) ? { ...entry, state: 'established' as const } : entry] as const,
  )
  return { ...view.config, value: { members: new Map(members) } }
}

function allAnswer(view: ClusterView): ClusterView['answers'] {
  const [healthy] = [...view.answers.values()].filter((answer) => answer.known)
  if (healthy === undefined) return view.answers
  const made = voters(view).map((row) => [row.name ?? '', { known: true, value: { ...healthy.value, memberId: row.id } }] as const)
  return new Map([...view.answers, ...made])
}

/** Readiness would tell by itself who is sick: no member steps aside while another one does not serve. */
function allReady(view: ClusterView): ClusterView['pods'] {
  return view.pods.map((pod) => ({ ...pod, ready: true }))
}

function withoutAlarms(view: ClusterView): ClusterView['answers'] {
  const silenced = [...view.answers].map(
    ([name, answer]) =>
      [name, answer.known && answer.value.serves ? { ...answer, value: { ...answer.value, alarms: [] } } : answer] as const,
  )
  return new Map(silenced)
}
