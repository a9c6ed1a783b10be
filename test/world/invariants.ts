import type { Step } from '../../src/plan/cluster/step.ts'
import { brokenAuth } from './auth.ts'
import { hasAll } from './etcd.ts'
import { madeNext } from './made-next.ts'
import { brokenTls, hasTls, runsWith } from './tls.ts'
import { ordinalOf, settingsIdOf } from './view-of.ts'
import {
  cameBack,
  isMemberRunning,
  isMemberServing,
  isMemberUp,
  isOutdated,
  isRunning,
  quorumOf,
  type Row,
  stranger,
  votersOf,
  type World,
} from './world.ts'

/** What must hold at every moment; each broken one is a line. */
export function brokenNow(world: World): readonly string[] {
  const voters = votersOf(world)
  const quorum = quorumOf(voters.length)
  const broken: string[] = []

  const behind = lacking(world)
  // A copy that somebody put back is not the operator's doing: its steps are judged by what they add to it.
  const isPutBack = world.etcd.hasLost || behind.some((row) => world.volumes[row.ordinal]?.log?.damage === 'set-back')
  if (voters.length > 0 && behind.length >= quorum && !isPutBack)
    broken.push(`${names(behind)} are a majority of ${voters.length} voters and lack acknowledged entries`)

  const ended = voters.filter((row) => isEndedByOperator(world, row))
  if (ended.length > 1) broken.push(`${names(ended)} are all being ended by the operator`)
  broken.push(...brokenTls(world), ...brokenAuth(world))
  return broken
}

/** Voters whose log lacks an acknowledged entry: a majority of them could elect one that loses it. */
function lacking(world: World): readonly Row[] {
  return votersOf(world).filter((row) => {
    const log = world.volumes[row.ordinal]?.log
    // Nothing starts on a log that can't be read.
    return log?.id === row.id && log.damage !== 'corrupt' && !hasAll(world, row)
  })
}

function mayLoseEntries(world: World): boolean {
  return votersOf(world).length > 0 && lacking(world).length >= quorumOf(votersOf(world).length)
}

/**
 * What a step must not have done, judged by the world that it met. A call that lands late may meet a member that
 * serves again, which costs its clients an error and nothing else.
 */
export function brokenBy(step: Step, before: World, after: World, isLate = false): readonly string[] {
  const broken: string[] = [
    ...membershipRules(step, before, isLate),
    ...(isLate ? [] : [...serviceRules(step, before), ...rollRules(step, before)]),
  ]
  if (before.wish.paused && !isLate) broken.push(`${step.do} while paused`)
  if (before.wish.closed && !isLate) broken.push(...windowRules(step, before))

  if (before.etcd.isCorrupt && before.etcd.leader !== undefined && !isLate && changesMembers.has(step.do) && !heals(step, before))
    broken.push(`${step.do} while members hold different data`)

  const [had, has] = [margin(before), margin(after)]
  if (has < 0 && has < had && !(isAlone(before) && (isOutdated(before, 0) || isMarkedOtherwise(before, 0))))
    broken.push(`${step.do} takes the majority: ${available(after)} of ${votersOf(after).length} voters go on running`)

  if (mayLoseEntries(after) && !mayLoseEntries(before))
    broken.push(`${step.do} leaves a majority to ${names(lacking(after))}, which lack acknowledged entries`)

  if (step.do === 'RemoveMember' && !isLate) broken.push(...wishRules(step.id, before))

  const change = votersOf(after).length - votersOf(before).length
  if (before.etcd.formed && Math.abs(change) > 1) broken.push(`the voters changed by ${change} at once`)
  const strangers = votersOf(after).filter((row) => !before.etcd.members.some((other) => other.id === row.id))
  if (before.etcd.formed && strangers.length > 0) broken.push(`${names(strangers)} entered as a voter`)
  return broken
}

/** Outside of the windows no turn begins that disrupts: a member that serves clients stays in the Service, runs on, and goes on leading. */
function* windowRules(step: Step, world: World): Generator<string> {
  const ordinal = beginsWith(step)
  const row = ordinal === undefined ? undefined : rowOf(world, ordinal)
  const pod = ordinal === undefined ? undefined : world.pods[ordinal]
  if (row === undefined || row.learner || !pod?.serving || !isMemberServing(world, row) || pod.deletedBy !== undefined) return
  // Of an even number of voters one leaves in any hour: that was begun.
  if (ordinal !== undefined && ordinal >= world.wish.size && votersOf(world).length % 2 === 0) return
  yield `${step.do} ${`demo-${ordinal}`}, which serves, outside of the maintenance windows`
}

/** The member whose turn the step may begin, by its ordinal. */
function beginsWith(step: Step): number | undefined {
  switch (step.do) {
    case 'StopServing':
    case 'MoveLeader':
    case 'DeletePod':
    case 'Defragment':
      return ordinalOf(step.member)
    case 'SetReplicas':
      return step.replicas
    default:
      return undefined
  }
}

/** Whether the step takes a member with wrong data out of a cluster in which a majority of all voters holds the right data. */
function heals(step: Step, world: World): boolean {
  // Who was to be stopped stays.
  if (step.do === 'SetReplicas') return step.replicas > (world.set?.replicas ?? 0)
  // A learner hands nothing on.
  if (step.do === 'RemoveMember' && world.etcd.members.some((row) => row.id === step.id && row.learner)) return true
  const isWrong = (id: string) => world.etcd.members.some((row) => row.id === id && world.volumes[row.ordinal]?.log?.damage === 'wrong')
  const right = votersOf(world).filter((row) => isMemberServing(world, row) && !isWrong(row.id))
  const wrong = world.etcd.members.filter(({ id }) => isWrong(id))
  if (wrong.length === 0 || right.length < quorumOf(votersOf(world).length)) return false
  if (step.do === 'MoveLeader') return isWrong(step.id) && !isWrong(step.toId)
  return step.do === 'RemoveMember' && isWrong(step.id)
}

function isWrongMember(world: World, row: Row): boolean {
  return world.volumes[row.ordinal]?.log?.damage === 'wrong'
}

/** A healthy voter goes only when the user asks for fewer. */
function* wishRules(id: string, world: World): Generator<string> {
  const row = votersOf(world).find((other) => other.id === id)
  const ours = world.etcd.members.filter(({ ordinal }) => ordinal !== stranger)
  if (row !== undefined && isMemberServing(world, row) && !isWrongMember(world, row) && ours.length <= world.wish.size)
    yield `demo-${row.ordinal}, which serves, was removed, and the user asks for ${world.wish.size}`
}

/** What may spread wrong data, or end the right one. */
const changesMembers: ReadonlySet<Step['do']> = new Set([
  'SetReplicas',
  'AddLearner',
  'PromoteLearner',
  'RemoveMember',
  'MoveLeader',
  'DeleteVolume',
])

function membershipRules(step: Step, world: World, isLate: boolean): readonly string[] {
  switch (step.do) {
    case 'FreezeBootstrap':
      return world.status.frozen === undefined ? [] : ['the beginning was frozen a second time']
    case 'PinCluster':
      return [
        ...(world.status.pinned ? ['the cluster was pinned a second time'] : []),
        ...(world.restore?.write === 'running' ? ['the cluster was pinned while a Job may write to its volume'] : []),
      ]
    case 'WriteConfig':
      return writeRules(step, world)
    case 'SetReplicas':
      return [...replicaRules(step.replicas, world)]
    case 'PromoteLearner':
      return promoteRules(step.id, world)
    case 'UpdatePeerUrl':
      return world.etcd.members.some((row) => row.id === step.id && row.learner)
        ? [`the URL of the learner ${step.member} was changed`]
        : []
    case 'RemoveMember':
      return removeRules(step.id, world)
    case 'DeletePod': {
      const id = world.volumes[ordinalOf(step.member)]?.log?.id
      // The process may still run on its node, with the same ID as the one that comes next.
      if (step.force && world.etcd.members.some((other) => other.id === id))
        return [`the pod of the listed member ${step.member} was deleted without waiting for its kubelet`]
      const row = rowOf(world, ordinalOf(step.member))
      if (row === undefined || row.learner || !isMemberRunning(world, row)) return []
      return mayEnd(world, row) || mayRestart(world, row, isLate) ? [] : [`the pod of ${step.member}, which takes part, was deleted`]
    }
    case 'DeleteStatefulSet':
      return isLate ? [] : [...renewalRules(world)]
    case 'DeleteVolume':
      return volumeRules(ordinalOf(step.member), world, isLate)
    default:
      return []
  }
}

/** A member that is exchanged is ended beside a spare that votes, when no client is sent to it and it does not lead. */
function mayEnd(world: World, row: Row): boolean {
  const { wish, etcd, pods } = world
  if (!isExchanged(world, row) || row.id === etcd.leader || pods[row.ordinal]?.serving) return false
  const others = votersOf(world).filter((other) => other.id !== row.id)
  return others.length >= wish.size && others.every((other) => isMemberServing(world, other))
}

/** Until there is a StatefulSet again nothing brings a pod back, and a pod that is nobody's would outlive its EtcdCluster. */
function* renewalRules(world: World): Generator<string> {
  for (const row of votersOf(world)) {
    const pod = world.pods[row.ordinal]
    if (!isMemberServing(world, row) || pod?.deletedBy !== undefined) yield `the StatefulSet was deleted while demo-${row.ordinal} was away`
    else if (!pod?.kept) yield `the StatefulSet was deleted, and pod demo-${row.ordinal} is nobody's`
  }
}

/** Whether the user wants another member or volume in its place. */
function isExchanged({ wish, volumes }: World, row: Row): boolean {
  const hasOther = wish.moves === true && (volumes[row.ordinal]?.storage ?? 1) !== wish.storage
  return hasOther || wish.replace?.includes(row.id) === true
}

/** A member is restarted for what it runs: when every other voter serves, no client is sent to it and it does not lead, or it is alone. */
function mayRestart(world: World, row: Row, isLate: boolean): boolean {
  const { etcd, pods } = world
  // The call was right when it was decided; what came since costs a restart and no vote.
  if (isLate && isAlone(world)) return true
  if (!isLate && !isOutdated(world, row.ordinal) && !isMarkedOtherwise(world, row.ordinal)) return false
  if (etcd.members.some(({ learner }) => learner)) return isLate
  if (isAlone(world)) return true
  if (row.id === etcd.leader && !isLate) return false
  const others = votersOf(world).filter((other) => other.id !== row.id)
  if (isLate) return true
  return (
    !pods[row.ordinal]?.serving && others.length % 2 === 0 && others.every((other) => isMemberServing(world, other) && hasAll(world, other))
  )
}

/** Its container started again with a newer file than its pod is marked with: that costs one restart too many, and nothing else. */
function isMarkedOtherwise(world: World, ordinal: number): boolean {
  const started = world.pods[ordinal]?.started
  return started !== 'unmarked' && settingsIdOf(world.version, started) !== settingsIdOf(world.version, madeNext(world))
}

function isAlone(world: World): boolean {
  return votersOf(world).length === 1
}

/** The template and the configs of members that run change when every voter serves; the leadership is moved once, to a restarted member. */
function* rollRules(step: Step, world: World): Generator<string> {
  const silent = votersOf(world).filter((row) => !isMemberServing(world, row))
  const idle = world.pods.filter((pod) => pod !== undefined && !isRunning(pod))
  const isRoll = world.wish.made !== undefined || world.set?.made !== undefined
  if (
    step.do === 'UpdateTemplate' &&
    silent.length > 0 &&
    idle.length === 0 &&
    votersOf(world).some((row) => isOutdated(world, row.ordinal))
  )
    yield `the template was updated while ${names(silent)} did not serve`
  if (step.do === 'MoveLeader' && isRoll && world.wish.replace === undefined && world.etcd.members.length === world.wish.size) {
    // Of a change that takes two rolls this one counts.
    const isDue = (row: Row) => (hasTls(world) ? isMarkedOtherwise(world, row.ordinal) : isOutdated(world, row.ordinal))
    const waiting = votersOf(world).filter((row) => row.id !== step.id && isDue(row))
    if (waiting.length > 0) yield `the leadership was moved before ${names(waiting)} had been restarted`
    if (silent.length > 0) yield `the leadership was moved while ${names(silent)} did not serve`
  }
}

function writeRules(step: Extract<Step, { do: 'WriteConfig' }>, world: World): readonly string[] {
  const written = Object.entries(step.write).flatMap(([member, { state, tls }]) => {
    const row = rowOf(world, ordinalOf(member))
    if (state === 'bootstrap' && world.restore !== undefined) return [`${member} was told to begin without the data of the backup`]
    // One that lost them since finds its volume empty, and refuses to start.
    const wasWritten = world.restore?.write === 'done' || world.volumes[ordinalOf(member)]?.log !== undefined
    if (state === 'established' && world.restore !== undefined && row === undefined && !wasWritten)
      return [`${member} was to start before its data was there`]
    if (state === 'bootstrap' && world.status.pinned) return [`${member} was told to begin a new cluster after the pin`]
    const [from, to] = [runsWith(world, ordinalOf(member)), tls ?? 'Optional']
    if (isRunning(world.pods[ordinalOf(member)]) && from !== to && from !== 'Optional' && to !== 'Optional')
      return [`${member} was told to go from ${from} to ${to} at once`]
    if (state === 'joining' && row !== undefined && (!row.learner || row.published))
      return [`${member}, which has started as ${row.id}, was allowed to start on an empty volume`]
    return []
  })
  const removed = step.remove.filter((member) => rowOf(world, ordinalOf(member)) !== undefined)
  return [...written, ...removed.map((member) => `the config of the listed member ${member} was removed`)]
}

function* replicaRules(replicas: number, world: World): Generator<string> {
  for (const row of world.etcd.members) {
    const pod = world.pods[row.ordinal]
    if (row.ordinal < replicas || pod === undefined) continue
    if (row.id === world.etcd.leader) yield `demo-${row.ordinal} was ended while it led`
  }
}

/** Clients are sent elsewhere before a member goes. */
function serviceRules(step: Step, world: World): readonly string[] {
  const goes = world.etcd.members.filter(
    (row) => (step.do === 'SetReplicas' && row.ordinal >= step.replicas) || (step.do === 'RemoveMember' && row.id === step.id),
  )
  // Readiness keeps learners out of the Service.
  // A pod that is terminating is in no Service any more.
  const serving = goes.filter(
    (row) => !row.learner && isMemberUp(world, row) && world.pods[row.ordinal]?.serving && world.pods[row.ordinal]?.deletedBy === undefined,
  )
  // A removed follower goes on accepting clients for a second and loses their proposals; of two voters none may end first.
  const running =
    step.do === 'RemoveMember' && votersOf(world).length > 2
      ? goes.filter(
          (row) => !row.learner && row.published && isMemberServing(world, row) && !wasEnded(world, row) && !isWrongMember(world, row),
        )
      : []
  return [
    ...(serving.length > 0 ? [`${step.do} takes ${names(serving)} while clients are sent there`] : []),
    ...(running.length > 0 ? [`${names(running)} was removed while it ran`] : []),
  ]
}

/** A member that is exchanged was ended, and its pod came back before the removal: it is not ended again and again. */
function wasEnded(world: World, row: Row): boolean {
  const pod = world.pods[row.ordinal]
  return pod !== undefined && isExchanged(world, row) && cameBack(world, pod)
}

function promoteRules(id: string, world: World): readonly string[] {
  const row = world.etcd.members.find((other) => other.id === id)
  if (row === undefined || !row.learner) return []
  const sick = votersOf(world).filter((other) => !isMemberUp(world, other))
  return [
    ...(isMemberUp(world, row) && hasAll(world, row) ? [] : [`demo-${row.ordinal} was promoted without the log`]),
    ...(world.configs?.entries[row.ordinal]?.state === 'established' ? [] : [`demo-${row.ordinal} was promoted before its guard was set`]),
    // Of an even number of voters one may be away: the new vote makes up for it.
    ...(sick.length >
    (votersOf(world).length % 2 === 0 && votersOf(world).length > 2 ? votersOf(world).length - quorumOf(votersOf(world).length + 1) : 0)
      ? [`demo-${row.ordinal} was promoted while ${names(sick)} did not answer`]
      : []),
  ]
}

function removeRules(id: string, world: World): readonly string[] {
  const row = world.etcd.members.find((other) => other.id === id)
  if (row === undefined || row.learner) return []
  const others = votersOf(world).filter((other) => other.id !== id)
  const sick = others.filter((other) => !isMemberUp(world, other))
  // A member that doesn't run is no loss, as long as the others are a majority of the shorter list.
  const mayBeSick = isMemberRunning(world, row) && !isWrongMember(world, row) ? 0 : others.length - quorumOf(others.length)
  return [
    ...(world.pods[row.ordinal]?.phase === 'frozen' && row.ordinal < world.wish.size && !isExchanged(world, row)
      ? [`demo-${row.ordinal} was replaced, and is only frozen`]
      : []),
    ...(others.length === 0 ? ['the last voter was removed'] : []),
    ...(row.id === world.etcd.leader ? [`demo-${row.ordinal} was removed while it led`] : []),
    ...(sick.length > mayBeSick ? [`demo-${row.ordinal} was removed while ${names(sick)} did not answer`] : []),
  ]
}

function volumeRules(ordinal: number, world: World, isLate: boolean): readonly string[] {
  const volume = world.volumes[ordinal]
  if (volume === undefined || volume.deleting) return []
  const owner = world.etcd.members.find((row) => row.id === volume.log?.id || row.id === volume.marked || row.ordinal === ordinal)
  return [
    // A learner that was added since the call was decided carries no vote, and joins again.
    ...(owner === undefined || (isLate && owner.learner) ? [] : [`the volume of the listed member demo-${owner.ordinal} was deleted`]),
    // There was one when the call was decided.
    ...(world.etcd.leader === undefined && !isLate ? ['a volume was deleted without a majority'] : []),
    ...(volume.earlier && volume.marked === undefined ? [`the data that an earlier cluster left on data-demo-${ordinal} was deleted`] : []),
  ]
}

/** How many voters may be lost before the majority is, once everything that was told to end has ended. */
function margin(world: World): number {
  return world.etcd.formed ? available(world) - quorumOf(votersOf(world).length) : 0
}

function available(world: World): number {
  return votersOf(world).filter(
    (row) => isMemberRunning(world, row) && world.pods[row.ordinal]?.deletedBy === undefined && !isSurplus(world, row),
  ).length
}

function isEndedByOperator(world: World, row: Row): boolean {
  const pod = world.pods[row.ordinal]
  // The pod of a process that does not run costs nothing.
  const isEnded = pod?.deletedBy === 'operator' && (pod.phase === 'ended' || isRunning(pod))
  return isSurplus(world, row) || isEnded
}

function isSurplus(world: World, row: Row): boolean {
  return world.set !== undefined && row.ordinal >= world.set.replicas
}

function rowOf(world: World, ordinal: number): Row | undefined {
  return world.etcd.members.find((row) => row.ordinal === ordinal)
}

function names(rows: readonly Row[]): string {
  return rows.map((row) => `demo-${row.ordinal}`).join(', ')
}
