import { expect, test } from 'vitest'
import { configOf, isOurs, learners, podOf, voters } from '../../src/model/cluster/members.ts'
import { outdatedMembers } from '../../src/model/cluster/rollout.ts'
import { schemeOf } from '../../src/model/cluster/tls.ts'
import type { ClusterView, OurMember } from '../../src/model/cluster/view.ts'
import { peerUrl } from '../../src/model/names.ts'
import { dropMisfit } from '../../src/plan/cluster/finish/drop-misfit.ts'
import { settlePeerUrl } from '../../src/plan/cluster/finish/settle-peer-url.ts'
import { planCluster, policy } from '../../src/plan/cluster/policy.ts'
import { type Decision, isHeldByWindow, step } from '../../src/plan/cluster/step.ts'
import { explore } from './explore.ts'
import { listening } from './tls.ts'
import { notFulfilled, rolling, scaling } from './workflows.ts'
import type { World } from './world.ts'

/** Ways to TLS that are wrong on purpose: the exploration must find each of them out, or its silence means nothing. */

const towards = (from: 'Off' | 'Optional' | 'Required', ...modes: readonly ('Off' | 'Optional' | 'Required')[]) =>
  rolling(
    3,
    modes.map((tls) => ({ tls })),
  ).map((world) => listening(world, from))

function dialled(world: World, decision: Decision): string | undefined {
  const wrong = world.etcd.members.filter((row) => (row.https ?? false) !== (world.pods[row.ordinal]?.runs?.tls === 'Required'))
  return wrong.length > 0 ? 'a member can not be dialled' : notFulfilled(world, decision)
}

test.each<readonly [string, (view: ClusterView) => Decision | undefined, readonly World[], RegExp]>([
  ['changes every URL first', everyUrl, towards('Optional', 'Required'), /nobody can dial/],
  ['takes one roll instead of two', atOnce('Required'), towards('Off', 'Required'), /from Off to Required at once/],
  ['takes one roll back instead of two', atOnce('Off'), towards('Required', 'Off'), /from Required to Off at once/],
])('a roll that %s is found out', (_, first, from, broken) => {
  const plan = (view: ClusterView) => {
    const decision = (view.membership.known && view.cluster.spec.tls.mode !== undefined && first(view)) || undefined
    return decision === undefined ? planCluster(view) : ({ ...decision, stage: 'change', applies: 'nothing' } as const)
  }
  expect(() => explore({ from, plan, operator: { crashes: true }, missing: dialled })).toThrow(broken)
})

test('a turn that is taken back, and a URL that nobody corrects, are found out', () => {
  const plan = (view: ClusterView) => planWithout(view, settlePeerUrl)
  const from = towards('Optional', 'Required', 'Optional')
  expect(() => explore({ from, plan, operator: { crashes: true }, missing: dialled })).toThrow(/a member can not be dialled/)
})

test('the URL of a learner that is changed is found out', () => {
  const plan = (view: ClusterView) => {
    const learner = learners(view)
      .filter(isOurs)
      .find(({ published }) => published)
    const decision = learner && view.cluster.spec.tls.mode === 'Optional' ? change(view, learner) : undefined
    return decision === undefined ? planCluster(view) : ({ ...decision, stage: 'finish', applies: 'nothing' } as const)
  }
  const from = scaling([1], '3.6.16').map((world) => {
    const later = (['Required', 'Optional'] as const).map((tls) => ({ size: 3, made: { tls } }))
    return listening({ ...world, later }, 'Optional')
  })
  expect(() => explore({ from, plan, operator: {}, missing: () => undefined })).toThrow(/the URL of the learner demo-\d was changed/)
})

test('a learner that was added for another mode, and that nobody removes, is found out', () => {
  const plan = (view: ClusterView) => planWithout(view, dropMisfit)
  const from = scaling([1], '3.5.35', { faultsLeft: 1 }).map((world) => {
    const later = (['Required', 'Off'] as const).map((tls) => ({ size: 3, made: { tls } }))
    return listening({ ...world, later }, 'Required')
  })
  expect(() => explore({ from, plan, operator: { lateStep: 'AddLearner' }, missing: notFulfilled })).toThrow(/UnknownMember.*, but/)
})

function change(view: ClusterView, { id, name, peerUrl: listed }: OurMember): Decision {
  const other = schemeOf(listed) === 'https' ? 'http' : 'https'
  return step('Rolling', 'at once', { do: 'UpdatePeerUrl', member: name, id, peerUrl: peerUrl(view.cluster, name, other) })
}

function everyUrl(view: ClusterView): Decision | undefined {
  if (view.cluster.spec.tls.mode !== 'Required') return undefined
  const next = voters(view)
    .filter(isOurs)
    .find((member) => schemeOf(member.peerUrl) === 'http')
  return next && change(view, next)
}

/** Writes the wished profile whatever the others run. */
function atOnce(tls: 'Off' | 'Required') {
  return (view: ClusterView): Decision | undefined => {
    const [next] = outdatedMembers(view)
    const isWritten = next === undefined || configOf(view, next.name)?.profile === tls || podOf(view, next.name) === undefined
    if (isWritten || view.cluster.spec.tls.mode !== tls) return undefined
    return step('Rolling', 'at once', { do: 'WriteConfig', write: { [next.name]: { state: 'established', tls } }, remove: [] })
  }
}

function planWithout(view: ClusterView, left: (view: ClusterView) => Decision | undefined): ReturnType<typeof planCluster> {
  for (const { stage, applies, rules } of policy) {
    for (const rule of rules) {
      const decision = rule === left ? undefined : rule(view)
      if (decision !== undefined && !isHeldByWindow(decision)) return { ...decision, stage, applies }
    }
  }
  return { kind: 'steady', stage: 'await-members', applies: 'always-safe' }
}
