import { volumesFinalizer } from '../../../src/api/labels.ts'
import { volumesGoToo } from '../../../src/model/cluster/deletion.ts'
import type { ClusterView } from '../../../src/model/cluster/view.ts'
import { planCluster } from '../../../src/plan/cluster/policy.ts'
import type { Decision } from '../../../src/plan/cluster/step.ts'
import { aCluster, now, type Scene } from '../../builders/a-cluster.ts'
import { type Explored, search, type Transition } from '../search.ts'
import { deleted, members, replaced, type World } from './world.ts'

export type Plan = (view: ClusterView) => Decision

/** @throws Broken with the shortest trace */
export function exploreDeletion(from: readonly World[], plan: Plan = planCluster): Explored {
  return search<World>({
    from,
    keyOf: (world) => JSON.stringify(world),
    brokenNow,
    isUnderWay: ({ pending }) => pending !== undefined,
    look(world) {
      const decision = decisionOf(world, plan)
      return {
        transitions: [...operator(world, decision), ...kubernetes(world), ...people(world)],
        plan: () => JSON.stringify(decision),
        missing: () => missing(world, decision),
      }
    },
  })
}

/** No claim is deleted against the policy of the moment of deletion, and none of an earlier cluster ever. */
function brokenNow({ claims, atDeletion }: World): readonly string[] {
  return claims.flatMap((claim, ordinal) => {
    const goes = claim === undefined || claim.deleting
    return goes && mustStay(ordinal, atDeletion) ? [`data-demo-${ordinal} is deleted, and was to stay`] : []
  })
}

function mustStay(ordinal: number, atDeletion: World['atDeletion']): boolean {
  return !members.includes(ordinal) || atDeletion === undefined || atDeletion.policy === 'Retain' || atDeletion.isOrphaned
}

function missing({ cluster, claims, atDeletion, right, set, isOverruled }: World, decision: Decision): string | undefined {
  if (claims.some((claim) => claim?.owned)) return 'a claim has an owner'
  if (atDeletion === undefined)
    return cluster?.finalizer === (cluster?.policy === 'Delete') ? undefined : 'the finalizer is not as the policy says'
  const mayGo = atDeletion.policy === 'Delete' && atDeletion.finalizer && !atDeletion.isOrphaned
  if (mayGo && right === 'refused' && cluster !== undefined)
    return decision.kind === 'block' && decision.reason === 'MissingPermission' ? undefined : 'nobody is told of the right that is missing'
  if (cluster !== undefined) return 'the EtcdCluster is still there'
  if (mayGo && !isOverruled && members.some((ordinal) => claims[ordinal] !== undefined)) return 'a claim is left behind'
  if (set !== undefined && !atDeletion.isOrphaned) return 'the StatefulSet is still there'
  return undefined
}

/** Nobody answers: what becomes of volumes must not depend on it. */
export function viewOf(world: World): Scene | undefined {
  const { cluster, set, pods, claims, right } = world
  if (cluster === undefined) return undefined
  let view = aCluster({ size: 1, paused: world.isPaused, storage: { deletionPolicy: cluster.policy } })
    .frozen(members.length)
    .pinned()
  view = view.withFinalizers(...(cluster.orphaning ? ['orphan'] : []), ...(cluster.finalizer ? [volumesFinalizer] : []))
  if (cluster.deleting) view = view.deleted()
  if (set !== undefined)
    view = set.owned
      ? view.withStatefulSet({ replicas: set.replicas, current: set.seen })
      : view.with({ statefulSet: { state: 'foreign', uid: 'uid-set' } })
  for (const [ordinal, pod] of pods.entries())
    if (pod !== undefined) view = view.withPod(`demo-${ordinal}`, { endsBy: pod === 'ends' ? now + 30_000 : undefined })
  for (const [ordinal, claim] of claims.entries())
    if (claim !== undefined)
      view = view.withVolume(`demo-${ordinal}`, { deleting: claim.deleting, ...(claim.isEarlier ? { clusterUid: 'earlier' } : {}) })
  return right === 'refused' ? view.remembering({ volumeDeletionDeniedAt: now }) : view
}

function decisionOf(world: World, plan: Plan): Decision {
  const view = viewOf(world)
  return view === undefined ? { kind: 'steady' } : plan(view)
}

function* operator(world: World, decision: Decision): Generator<Transition<World>> {
  const { cluster, pending } = world
  if (pending !== undefined) {
    yield does(
      'fault',
      `the slow call lands: data-demo-${pending.volume} is deleted`,
      withoutClaim({ ...world, pending: undefined }, pending.volume),
    )
    yield does('fault', 'the slow call never leaves', { ...world, pending: undefined })
  }
  if (cluster === undefined) return
  const followed = follow(world)
  if (followed !== world) yield does('operator', 'the operator follows the policy', followed)
  if (decision.kind !== 'step' || followed !== world) return
  const { step } = decision
  switch (step.do) {
    case 'SetReplicas':
      if (world.set !== undefined)
        yield does('operator', `SetReplicas ${step.replicas}`, { ...world, set: { ...world.set, replicas: step.replicas, seen: false } })
      return
    case 'DeleteVolume': {
      const ordinal = Number(step.member.slice('demo-'.length))
      if (world.right !== 'held') yield does('operator', 'the right to delete claims is missing', { ...world, right: 'refused' })
      else {
        yield does('operator', `DeleteVolume ${step.volume}`, withoutClaim(world, ordinal))
        if (pending === undefined)
          yield does('fault', `slow to call DeleteVolume ${step.volume}`, { ...world, pending: { volume: ordinal } })
      }
      return
    }
    case 'RemoveFinalizer':
      yield does('operator', 'RemoveFinalizer', { ...world, cluster: { ...cluster, finalizer: false } })
      return
    default:
      // What a living cluster has to do is explored elsewhere.
      return
  }
}

/** As act/cluster/deletion-policy.ts does at the beginning of each pass. */
function follow(world: World): World {
  const { cluster } = world
  const view = viewOf(world)
  if (cluster === undefined || view === undefined) return world
  const wanted = volumesGoToo(view.cluster)
  if (!cluster.deleting && cluster.finalizer !== wanted) return { ...world, cluster: { ...cluster, finalizer: wanted } }
  if ((cluster.deleting && wanted) || !world.claims.some((claim) => claim?.owned)) return world
  return { ...world, claims: world.claims.map((claim) => claim && { ...claim, owned: false }) }
}

function withoutClaim(world: World, ordinal: number): World {
  const claim = world.claims[ordinal]
  return claim === undefined ? world : { ...world, claims: replaced(world.claims, ordinal, { ...claim, deleting: true }) }
}

/** StatefulSet controller, kubelet, garbage collector, and the protection of claims in use. */
function* kubernetes(world: World): Generator<Transition<World>> {
  const { cluster, set, pods, claims } = world
  if (cluster?.deleting && !cluster.finalizer && !cluster.orphaning)
    yield does('progress', 'the EtcdCluster is gone', { ...world, cluster: undefined })
  if (cluster?.orphaning && set !== undefined)
    yield does('progress', 'the garbage collector orphans the StatefulSet', {
      ...world,
      set: { ...set, owned: false },
      cluster: { ...cluster, orphaning: false },
    })
  if (cluster === undefined && set?.owned)
    yield does('progress', 'the garbage collector deletes the StatefulSet', { ...world, set: undefined })
  if (set !== undefined && !set.seen) yield does('progress', 'the StatefulSet controller looks', { ...world, set: { ...set, seen: true } })
  for (const [ordinal, pod] of pods.entries()) {
    const isWanted = set !== undefined && (ordinal < set.replicas || !set.seen)
    if (pod === 'runs' && !isWanted)
      yield does('progress', `Kubernetes deletes pod demo-${ordinal}`, { ...world, pods: replaced(pods, ordinal, 'ends') })
    if (pod === 'ends') yield does('progress', `pod demo-${ordinal} is gone`, { ...world, pods: replaced(pods, ordinal, undefined) })
    if (pod === undefined && isWanted && claims[ordinal]?.deleting !== true) {
      const made = claims[ordinal] ?? { deleting: false, owned: false, isEarlier: false }
      const to = { ...world, pods: replaced(pods, ordinal, 'runs'), claims: replaced(claims, ordinal, made) }
      yield does('progress', `Kubernetes creates pod demo-${ordinal} and its claim`, to)
    }
  }
  for (const [ordinal, claim] of claims.entries()) {
    const isCollected = cluster === undefined && claim?.owned === true && !claim.deleting
    if (isCollected) yield does('progress', `the garbage collector deletes data-demo-${ordinal}`, withoutClaim(world, ordinal))
    if (claim?.deleting && pods[ordinal] === undefined)
      yield does('progress', `data-demo-${ordinal} is gone`, { ...world, claims: replaced(claims, ordinal, undefined) })
  }
}

function* people(world: World): Generator<Transition<World>> {
  const { cluster } = world
  const [next, ...later] = world.later
  // Upgraded first: until then the claims have the owner that an earlier version gave them.
  if (next === undefined || cluster === undefined || world.claims.some((claim) => claim?.owned)) return
  const isOverruled = world.isOverruled || (cluster.deleting && (next === 'Retain' || next === 'remove the finalizer'))
  const to = { ...world, later, isOverruled }
  switch (next) {
    case 'delete':
    case 'delete, orphaning':
      yield does('user', `the user deletes the EtcdCluster (${next})`, deleted(to, next !== 'delete'))
      return
    case 'remove the finalizer':
      yield does('user', 'the user removes the finalizer', { ...to, cluster: { ...cluster, finalizer: false } })
      return
    case 'delete the claims':
      yield does('user', 'the user deletes the claims', members.reduce(withoutClaim, to))
      return
    default:
      yield does('user', `the user sets deletionPolicy ${next}`, { ...to, cluster: { ...cluster, policy: next } })
  }
}

function does(kind: Transition<World>['kind'], text: string, to: World): Transition<World> {
  return { kind, text, to, violations: [] }
}
