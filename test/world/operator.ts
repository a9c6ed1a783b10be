import { annotation, label } from '../../src/api/labels.ts'
import { refusedByPeers } from '../../src/model/cluster/data-signs.ts'
import { pinnedClusterId } from '../../src/model/cluster/identity.ts'
import type { ClusterView } from '../../src/model/cluster/view.ts'
import { othersAgree } from '../../src/model/cluster/wrong-data.ts'
import { podsToKeep } from '../../src/objects/cluster/kept-pods.ts'
import { podMarks } from '../../src/objects/cluster/marks.ts'
import { volumeMarks } from '../../src/objects/cluster/volume-marks.ts'
import type { Planned } from '../../src/plan/cluster/policy.ts'
import { type Step, stepId } from '../../src/plan/cluster/step.ts'
import { applyStep } from './apply-step.ts'
import { withAuthNoted } from './auth.ts'
import type { Transition } from './environment.ts'
import { brokenBy } from './invariants.ts'
import { madeNext } from './made-next.ts'
import { writtenNow } from './tls.ts'
import { nameOf, ordinalOf, settingsNamed, viewOf } from './view-of.ts'
import { hasRolls, noMemory, type Seen, votersOf, type World, withPod, withVolume } from './world.ts'

export type Plan = (view: ClusterView) => Planned

export interface OperatorFaults {
  /** It dies: after its marks before the call, or after the call was carried out. Costs nothing: it may do so again and again. */
  readonly crashes?: boolean
  /** One call lands late: anything may happen between the last look and it, passes of another operator too. */
  readonly lateCall?: boolean
  /** Only a call of this kind lands late. */
  readonly lateStep?: Step['do']
  /** It acts on what its watches and an old member list show, without looking again. */
  readonly trustsCache?: boolean
  /** It deletes whatever has the name now. */
  readonly deletesByName?: boolean
}

/** What a pass does to this world: the marks that are always safe, and at most one step. */
export function operator(
  world: World,
  view: ClusterView,
  decision: Planned,
  plan: Plan,
  given: OperatorFaults = {},
): readonly Transition[] {
  const noted = withAuthNoted(withRefusals(world, view), view, decision.kind === 'step' ? decision.step : undefined)
  const marked = decision.applies === 'always-safe' ? withMarks(noted, view) : noted
  const transitions: Transition[] = []
  if (decision.kind !== 'step' || !isDue(marked, decision, plan, given)) {
    if (marked !== world) transitions.push({ kind: 'operator', text: `operator: marks (${decision.kind})`, to: marked, violations: [] })
  } else {
    const landed = land(marked, decision.step, seenNow(marked))
    const text = `operator: ${describe(decision.step)} (${decision.reason}: ${decision.message})`
    const to = remember(landed.to, decision.step)
    transitions.push({ kind: 'operator', ...landed, text: `${text}${landed.text}`, to })
    if (given.crashes) {
      if (marked !== world) transitions.push({ kind: 'fault', text: 'operator: marks, then it dies', to: forget(marked), violations: [] })
      // A death that forgets nothing is no other world than the next pass finds anyway.
      if (forgetsSomething(to))
        transitions.push({ kind: 'fault', ...landed, text: `${text}${landed.text}, then it dies`, to: forget(landed.to) })
    }
    const mayBeLate = given.lateCall || given.lateStep === decision.step.do
    if (mayBeLate && world.pending === undefined && world.faultsLeft > 0) {
      const pending = { step: decision.step, seen: seenNow(marked) }
      const to = { ...marked, pending, faultsLeft: world.faultsLeft - 1 }
      transitions.push({ kind: 'fault', text: `operator: looks, and is slow to call ${describe(decision.step)}`, to, violations: [] })
    }
  }
  if (world.pending !== undefined) {
    const { step, seen } = world.pending
    const landed = given.deletesByName ? landByName(world, step, seen) : land({ ...world, pending: undefined }, step, seen, true)
    transitions.push({ kind: 'fault', ...landed, text: `the slow call lands: ${describe(step)}${landed.text}` })
    transitions.push({ kind: 'fault', text: 'the slow call never leaves', to: { ...world, pending: undefined }, violations: [] })
  }
  return transitions
}

/** As src/act/cluster/take-step.ts: the announcement must succeed, and the live look must lead to the same step. */
function isDue(world: World, { step }: Extract<Planned, { kind: 'step' }>, plan: Plan, { trustsCache }: OperatorFaults): boolean {
  if (world.cache === undefined || trustsCache) return true
  if (world.cache.clusterVersion !== world.clusterVersion) return false
  const again = plan(viewOf({ ...world, cache: undefined }))
  return again.kind === 'step' && stepId(again.step) === stepId(step)
}

/** Deletes what has the name now. */
function landByName(world: World, step: Step, seen: Seen): ReturnType<typeof land> {
  const settled = { ...world, pending: undefined }
  if (step.do !== 'DeletePod' && step.do !== 'DeleteVolume') return land(settled, step, seen, true)
  const found = (step.do === 'DeletePod' ? world.pods : world.volumes)[ordinalOf(step.member)]
  return land(settled, { ...step, uid: String(found?.uid) }, seenNow(world), true)
}

function land(world: World, step: Step, seen: Seen, isLate = false): { text: string; to: World; violations: readonly string[] } {
  const landed = applyStep(world, step, seen)
  if (landed.kind === 'refused') return { text: `: refused, ${landed.why}`, to: world, violations: [] }
  return { text: '', to: landed.world, violations: brokenBy(step, world, landed.world, isLate) }
}

export function seenNow(world: World): Seen {
  return {
    cluster: world.clusterVersion,
    set: world.set?.resourceVersion,
    configs: world.configs?.resourceVersion,
    pods: world.pods,
    volumes: world.volumes,
    made: madeNext(world),
    written: writtenNow(world),
  }
}

/** As src/observe/cluster/memory.ts remembers who was refused by its peers. */
function withRefusals(world: World, view: ClusterView): World {
  const { refused = [] } = world.memory
  const seen = new Map(
    refusedByPeers(view).flatMap(({ uid, name }) => (othersAgree(view, name) ? [[ordinalOf(name), Number(uid)] as const] : [])),
  )
  const silent = votersOf(world).flatMap(({ ordinal }) => (view.answers.get(nameOf(ordinal))?.known ? [] : [ordinal]))
  const next = world.pods.map((_, ordinal) => {
    const before = !view.membership.known || silent.includes(ordinal) ? refused[ordinal] : undefined
    return before ?? seen.get(ordinal)
  })
  const isSame = next.every((uid, ordinal) => uid === refused[ordinal])
  return isSame ? world : { ...world, memory: { ...world.memory, refused: next } }
}

export function withMarks(world: World, view: ClusterView): World {
  const pinned = pinnedClusterId(view) !== undefined
  let next = world
  if (pinned && world.set?.noted === false) next = { ...next, set: { ...world.set, noted: true } }
  if (pinned && !world.status.pinned) next = { ...next, status: { ...world.status, pinned }, clusterVersion: world.clusterVersion + 1 }
  for (const { name, uid, labels, annotations } of podMarks(view)) {
    const pod = next.pods[ordinalOf(name)]
    const started = annotations[annotation.startedWith]
    // Where nothing is ever rolled the mark says nothing.
    if (pod !== undefined && String(pod.uid) === uid && started && hasRolls(world))
      next = withPod(next, ordinalOf(name), { ...pod, started: settingsNamed(world, started) })
    const marked = next.pods[ordinalOf(name)]
    // That it is taken from learners is not modelled: readiness keeps clients away from them, and it doubles the number of worlds.
    if (marked !== undefined && String(marked.uid) === uid && labels[label.serving] === 'true')
      next = withPod(next, ordinalOf(name), { ...marked, serving: true })
  }
  for (const { name, uid } of podsToKeep(view)) {
    const pod = next.pods[ordinalOf(name)]
    if (pod !== undefined && String(pod.uid) === uid) next = withPod(next, ordinalOf(name), { ...pod, kept: true })
  }
  for (const { name, uid, annotations } of volumeMarks(view)) {
    const ordinal = ordinalOf(name.replace('data-', ''))
    const volume = next.volumes[ordinal]
    const marked = annotations[annotation.memberId]
    if (volume !== undefined && String(volume.uid) === uid && marked !== undefined && marked !== volume.marked)
      next = withVolume(next, ordinal, { ...volume, marked })
  }
  return next
}

function remember(world: World, step: Step): World {
  if (step.do === 'DisarmCorrupt') return { ...world, memory: { ...world.memory, disarms: (world.memory.disarms ?? 0) + 1 } }
  if (step.do !== 'RemoveMember' || !step.failedToJoin) return world
  const failedJoins = [...new Set([...world.memory.failedJoins, ordinalOf(step.member)])].toSorted()
  return { ...world, memory: { ...world.memory, failedJoins } }
}

function forgetsSomething({ memory }: World): boolean {
  return (
    memory.failedJoins.length > 0 ||
    memory.overdue.length > 0 ||
    (memory.disarms ?? 0) > 0 ||
    memory.refused?.some((uid) => uid !== undefined) === true
  )
}

function forget(world: World): World {
  return { ...world, memory: noMemory }
}

function describe(step: Step): string {
  const { do: action, ...details } = step
  return `${action} ${JSON.stringify(details)}`
}
