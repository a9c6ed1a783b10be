import { viewOf } from '../../world/view-of.ts'
import { aWorld, established, isMemberServing, isRunning, maxLearnersOf, type Row, votersOf, type World } from '../../world/world.ts'
import { type Action, type Event, stepOf } from './action.ts'
import { act } from './in-model.ts'

/** What happens, one after the other, to a cluster that begins with `size` members. The same seed makes the same. */
export interface Scenario {
  readonly seed: number
  readonly size: number
  readonly version: World['version']
  readonly actions: readonly Action[]
}

/** Pods that a scenario may have at a time: the machine has two cores. */
const maxPods = 3

/** Each action is chosen by what the model holds at that moment, so that most of them do something. */
export function scenarioOf(seed: number, length = 8): Scenario {
  const random = seeded(seed)
  const size = seed % 3 === 2 ? 3 : 1
  const version = seed % 4 === 3 ? '3.5.35' : '3.6.16'
  const actions: Action[] = []
  let world: World = aWorld(size, version)
  const take = (action: Action) => {
    actions.push(action)
    world = act(world, action).world
  }
  while (stepOf(viewOf(world), { do: 'Planned' }) !== undefined && actions.length < 20) take({ do: 'Planned' })
  for (let each = 0; each < length; each++) {
    const next = choose(
      possible(world).map(([weight, action]) => [seed % 2 === 1 && joins(world, action) ? 5 * weight : weight, action]),
      random,
    )
    if (next === undefined) break
    take(next)
  }
  return { seed, size, version, actions }
}

/** What brings a join further. Half of the scenarios seek it, and so meet what happens to members that have just joined. */
function joins(world: World, action: Action): boolean {
  if ('event' in action)
    return action.event === 'volume emptied' && world.etcd.members.some((row) => row.ordinal === action.ordinal && row.learner)
  if (action.do === 'SetReplicas') return action.replicas > (world.set?.replicas ?? 0)
  return action.do === 'AddLearner' || action.do === 'WriteConfig' || action.do === 'PromoteLearner'
}

type Weighted = readonly [weight: number, action: Action]

/** What could happen next; the weights let joins come to an end, and members be lost before and after. */
function possible(world: World): readonly Weighted[] {
  const { members, leader } = world.etcd
  const replicas = world.set?.replicas ?? 0
  const ordinals = Array.from({ length: Math.max(replicas, world.volumes.length) }, (_, ordinal) => ordinal)
  const free = Array.from({ length: maxPods }, (_, ordinal) => ordinal).find((ordinal) => !members.some((row) => row.ordinal === ordinal))
  const learners = members.filter((row) => row.learner)
  return [
    ...(free !== undefined && learners.length <= maxLearnersOf(world)
      ? ([[learners.length === 0 ? 3 : 0.5, { do: 'AddLearner', ordinal: free }]] as const)
      : []),
    ...members.flatMap((row) => ofMember(world, row)),
    ...(leader === undefined
      ? []
      : votersOf(world)
          .filter(({ id }) => id !== leader)
          .map(({ ordinal }): Weighted => [0.7, { do: 'MoveLeader', ordinal }])),
    ...(replicas > 0 ? ([[1, { do: 'SetReplicas', replicas: replicas - 1 }]] as const) : []),
    ...(replicas < maxPods && members.some((row) => row.ordinal === replicas)
      ? ([[world.configs?.entries[replicas] === undefined ? 0.5 : 5, { do: 'SetReplicas', replicas: replicas + 1 }]] as const)
      : []),
    ...ordinals.flatMap((ordinal) => ofOrdinal(world, ordinal)),
  ]
}

function ofMember(world: World, row: Row): readonly Weighted[] {
  const { ordinal } = row
  const config = world.configs?.entries[ordinal]
  const list = world.etcd.members.map((other) => other.ordinal).toSorted()
  const isMember = world.pods[ordinal] !== undefined && isMemberServing(world, row)
  const joining = { state: 'joining', members: list } as const
  // Itself must stand in its own list: without that etcd says what it says of an empty volume.
  const wrong = {
    state: 'joining',
    members: list.length > 1 ? [ordinal, ...list.filter((other) => other !== ordinal).slice(1)].toSorted() : [...list, 7],
  } as const
  return [
    ...(row.published
      ? []
      : ([
          [config?.members.join() === list.join() ? 0.1 : 6, { do: 'WriteConfig', ordinal, config: joining }],
          [0.5, { do: 'WriteConfig', ordinal, config: wrong }],
        ] as const)),
    ...(row.published && config?.state !== 'established' ? ([[3, { do: 'WriteConfig', ordinal, config: established }]] as const) : []),
    ...(row.learner ? ([[isMember ? 4 : row.published ? 6 : 0.3, { do: 'PromoteLearner', ordinal }]] as const) : []),
    [row.learner ? 0.5 : 1, { do: 'RemoveMember', ordinal }],
  ]
}

function ofOrdinal(world: World, ordinal: number): readonly Weighted[] {
  const [pod, volume, config] = [world.pods[ordinal], world.volumes[ordinal], world.configs?.entries[ordinal]]
  const isListed = world.etcd.members.some((row) => row.ordinal === ordinal)
  const happens = (weight: number, event: Event): Weighted => [weight, { event, ordinal }]
  return [
    ...(pod === undefined ? [] : ([[0.6, { do: 'DeletePod', ordinal }], happens(0.6, 'pod deleted'), happens(0.6, 'pod killed')] as const)),
    ...(pod?.serving ? ([[0.2, { do: 'StopServing', ordinal }]] as const) : []),
    ...(isRunning(pod) ? [happens(1, 'process killed')] : []),
    ...(volume === undefined || volume.deleting ? [] : ([[isListed ? 0.5 : 2, { do: 'DeleteVolume', ordinal }]] as const)),
    ...(volume?.log !== undefined && !volume.deleting && pod !== undefined && config?.state === 'established'
      ? [happens(0.8, 'volume emptied')]
      : []),
    ...(config !== undefined && !isListed ? ([[3, { do: 'RemoveConfig', ordinal }]] as const) : []),
  ]
}

function choose(actions: readonly Weighted[], random: () => number): Action | undefined {
  const total = actions.reduce((sum, [weight]) => sum + weight, 0)
  let at = random() * total
  for (const [weight, action] of actions) {
    at -= weight
    if (at < 0) return action
  }
  return actions.at(-1)?.[1]
}

/** The same sequence for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
