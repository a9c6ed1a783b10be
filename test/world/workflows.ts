import type { Decision } from '../../src/plan/cluster/step.ts'
import { isStalled } from '../../src/plan/decision.ts'
import { hasAll } from './etcd.ts'
import { minorOf } from './versions.ts'
import {
  aRunningWorld,
  aWorld,
  isMemberServing,
  isOutdated,
  type Made,
  quorumOf,
  type Row,
  stranger,
  votersOf,
  type World,
} from './world.ts'

export const versions = ['3.5.35', '3.6.16'] as const

/** Rows of a table of tests: `3 -> 5 -> 3` and the sizes that it names. */
export function paths(...texts: readonly string[]): readonly { readonly path: string; readonly sizes: readonly number[] }[] {
  return texts.map((path) => ({ path, sizes: path.split(' -> ').map(Number) }))
}

/** An EtcdCluster was just created. */
export function beginning(size: number, version: World['version'], changes: Partial<World> = {}): readonly World[] {
  return [{ ...aWorld(size, version), ...changes }]
}

/** An EtcdCluster was just created that begins with a backup; so many volumes of an earlier one of its name are there. */
export function restoring(size: number, version: World['version'], earlier = 0, changes: Partial<World> = {}): readonly World[] {
  const restore = { verify: 'absent', write: 'absent' } as const
  const retained = { deleting: false, earlier: true, log: undefined, marked: undefined }
  const volumes = Array.from({ length: earlier }, (_, ordinal) => ({ ...retained, uid: 900 + ordinal }))
  return [{ ...aWorld(size, version), restore, volumes, ...changes }]
}

/** A running cluster whose user asks for other sizes, one after the other; any of its members leads. */
export function scaling(sizes: readonly number[], version: World['version'], changes: Partial<World> = {}): readonly World[] {
  const [first = 1, ...rest] = sizes
  const later = rest.map((size) => ({ size }))
  return Array.from({ length: first }, (_, leader) => ({ ...aRunningWorld(first, version, leader), later, ...changes }))
}

/** A running cluster whose user asks for this, one after the other; any of its members leads. */
export function rolling(
  size: number,
  wishes: readonly Made[],
  version: World['version'] = '3.6.16',
  changes: Partial<World> = {},
): readonly World[] {
  const later = wishes.map((made) => ({ size, made }))
  return Array.from({ length: size }, (_, leader) => ({ ...aRunningWorld(size, version, leader), later, ...changes }))
}

/** The same where versions of etcd count: logs hold entries of 3.5 unless the cluster began with 3.6 or later and is known to. */
export function changingVersion(
  wishes: readonly Made[],
  version: World['version'],
  logsFrom?: string,
  changes: Partial<World> = {},
): readonly World[] {
  return rolling(3, wishes, version, changes).map((world) => ({
    ...world,
    // A cluster that runs 3.7 has noted it.
    status: { ...world.status, ...(logsFrom === undefined && version !== '3.7.3' ? {} : { logsFrom: logsFrom ?? '3.6' }) },
    etcd: { ...world.etcd, minor: minorOf(version) },
    volumes: world.volumes.map((volume) =>
      volume?.log === undefined || logsFrom !== undefined || version === '3.7.3'
        ? volume
        : { ...volume, log: { ...volume.log, isOld: true } },
    ),
  }))
}

/** Why the wish is not fulfilled; undefined when it is, to the last pod, config and volume. */
export function notFulfilled(world: World, decision: Decision): string | undefined {
  if (world.wish.paused) return decision.kind === 'block' && decision.reason === 'Paused' ? undefined : 'it is paused'
  const behind = votersOf(world).find((row) => !hasAll(world, row))
  if (behind !== undefined) return `demo-${behind.ordinal} is not in sync`
  if (world.etcd.isCorrupt) return 'the CORRUPT alarm is raised'
  return notYet(world) ?? (decision.kind === 'steady' ? undefined : 'the plan is not steady')
}

/** Outside of the windows everything serves on, and people are told what waits. */
export function notServedOrTold(world: World, decision: Decision): string | undefined {
  if (!world.wish.closed) return notFulfilled(world, decision)
  if (decision.kind !== 'wait' || decision.reason !== 'WaitingForWindow')
    return notFulfilled(world, decision) && `nobody is told of the window`
  return notServed(world)
}

/** A voter whose log is lost can't be replaced yet: then it is enough that people are told which, and nothing more happens. */
export function notFulfilledNorReported(world: World, decision: Decision): string | undefined {
  const lacking = notFulfilled(world, decision)
  const lost = votersOf(world).filter((row) => row.published && world.volumes[row.ordinal]?.log?.id !== row.id)
  const isTold = decision.kind === 'block' && ['VolumeLost', 'QuorumLost', 'AllMembersLost'].includes(decision.reason)
  return isTold && lost.length > 0 && lost.every((row) => decision.message.includes(`demo-${row.ordinal}`)) ? undefined : lacking
}

/** Whatever can be repaired is; people are told of the rest. */
export function notHealedNorTold(world: World, decision: Decision): string | undefined {
  const lacking = notFulfilled(world, decision)
  if (lacking === undefined || !isLeftToPeople(world, decision)) return lacking
  return isTold(decision) ? undefined : `${lacking}, and nobody is told why`
}

/** What the operator must not mend, or can't. */
function isLeftToPeople(world: World, decision: Decision): boolean {
  const voters = votersOf(world)
  const lost = voters.filter((row) => isGone(world, row))
  // Only a majority of all voters tells whose data is right; a single voter has nobody to be compared with.
  const right = voters.filter((row) => isMemberServing(world, row) && world.volumes[row.ordinal]?.log?.damage !== 'wrong')
  const differs = world.etcd.isCorrupt || world.pods.some((pod) => pod?.exit === 'peers-differ')
  const nobodyKnows = differs && (voters.length === 1 || right.length < quorumOf(voters.length))
  const hasNoMajority = lost.length > voters.length - quorumOf(voters.length)
  // As long as its pod runs the data is there, and a person has to decide.
  const isInUse = decision.kind === 'block' && decision.reason === 'VolumeBeingDeleted'
  const hasStranger = world.etcd.members.some((row) => row.ordinal === stranger)
  return isInUse || nobodyKnows || hasNoMajority || hasStranger
}

/** It does not come back by itself: a copy without marks is not brought back to vote either. */
function isGone(world: World, row: Row): boolean {
  const volume = world.volumes[row.ordinal]
  const isUnknown = volume?.log?.damage === 'set-back' && volume.marked === undefined
  return volume?.log?.id !== row.id || volume.log.damage === 'corrupt' || isUnknown || world.pods[row.ordinal]?.phase === 'lost'
}

/** Nodes that are lost for good: what can go on without them does, and people are told of the node that is waited for. */
export function notFulfilledBeside(world: World, decision: Decision): string | undefined {
  const lost = world.pods.flatMap((pod, ordinal) => (pod?.phase === 'lost' ? [ordinal] : []))
  const lacking = notFulfilled(world, decision)
  if (lost.length === 0 || lacking === undefined) return lacking
  if (!isTold(decision) || !lost.some((ordinal) => decision.message.includes(`demo-${ordinal}`)))
    return `${lacking}, and nobody is told why`
  // Whoever is to leave has left, unless the majority is lost or a member that stays is.
  const staying = lost.filter((ordinal) => ordinal < world.wish.size)
  const leaving = world.etcd.members.filter((row) => row.ordinal >= world.wish.size && !row.learner)
  const isStuck = leaving.some((row) => lost.includes(row.ordinal)) && world.etcd.leader !== undefined
  return isStuck ? `${leaving.map(({ ordinal }) => `demo-${ordinal}`)} did not leave; staying: ${staying}` : undefined
}

/** Whether people are told in the end: at once, or when the wait has lasted longer than its reason allows. */
function isTold(decision: Decision): decision is Extract<Decision, { kind: 'block' | 'wait' }> {
  return isStalled(decision, 24 * 60 * 60_000)
}

/** The same where people help: what they can't help is a lost majority, which they are told of. */
export function notFulfilledOrAlone(world: World, decision: Decision): string | undefined {
  const lacking = notFulfilled(world, decision)
  return lacking !== undefined && decision.kind === 'block' && ['QuorumLost', 'AllMembersLost'].includes(decision.reason)
    ? undefined
    : lacking
}

/** Why clients are not served by every voter, whatever the plan says; undefined when they are. */
export function notServed(world: World): string | undefined {
  const silent = votersOf(world).find((row) => !isMemberServing(world, row))
  if (silent !== undefined) return `demo-${silent.ordinal} does not answer`
  const away = votersOf(world).find((row) => !world.pods[row.ordinal]?.serving)
  return away === undefined ? undefined : `no client is sent to demo-${away.ordinal}`
}

/** What is still to be seen to. */
export function notYet(world: World): string | undefined {
  const { wish, etcd } = world
  const ordinals = Array.from({ length: wish.size }, (_, ordinal) => ordinal)
  if (votersOf(world).length !== wish.size || etcd.members.length !== wish.size)
    return `${etcd.members.length} members are listed, not ${wish.size} voters`
  const old = etcd.members.find(({ id }) => wish.replace?.includes(id))
  if (old !== undefined) return `demo-${old.ordinal} is not exchanged`
  const silent = ordinals.find((ordinal) => !etcd.members.some((row) => row.ordinal === ordinal && isMemberServing(world, row)))
  if (silent !== undefined) return `demo-${silent} does not answer`
  const unguarded = ordinals.find((ordinal) => world.configs?.entries[ordinal]?.state !== 'established')
  if (unguarded !== undefined) return `the config of demo-${unguarded} is not established`
  const outdated = ordinals.find((ordinal) => isOutdated(world, ordinal))
  if (outdated !== undefined) return `demo-${outdated} runs something else than the user asks for`
  const size = wish.storage ?? 1
  const other = ordinals.find((ordinal) => wish.storage !== undefined && (world.volumes[ordinal]?.storage ?? 1) !== size)
  if (other !== undefined) return `the volume of demo-${other} is not as large as it should be`
  if (wish.storage !== undefined && (world.set?.storage ?? 1) !== size) return 'new members would get other volumes'
  const away = ordinals.find((ordinal) => !world.pods[ordinal]?.serving)
  if (away !== undefined) return `demo-${away} does not serve`
  for (const [what, rows] of Object.entries({ config: world.configs?.entries ?? [], pod: world.pods, volume: world.volumes })) {
    const left = rows.findIndex((row, ordinal) => row !== undefined && ordinal >= wish.size)
    if (left >= 0) return `the ${what} of demo-${left} is still there`
  }
  return undefined
}
