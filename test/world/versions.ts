import { does, type Transition } from './environment.ts'
import { isMemberRunning, type Pod, type World, withVolume } from './world.ts'

/**
 * Versions of etcd, as far as the operator depends on them (rolls of real processes: test/contract/etcd-versions.test.ts). The cluster has a
 * minor version of its own, and all data follows it. It rises once every member is of a newer one, and falls only where etcd was allowed to go
 * back. In worlds without versions `etcd.minor` is undefined.
 */
export type Minor = '3.5' | '3.6' | '3.7'

const minors: readonly Minor[] = ['3.5', '3.6', '3.7']

export function minorOf(version: string): Minor {
  const minor = minors.find((one) => version.startsWith(`${one}.`))
  if (minor === undefined) throw new Error(`no minor version: ${version}`)
  return minor
}

export function versionIn(world: Pick<World, 'version'>, pod: Pod | undefined): string {
  return pod?.made?.version ?? world.version
}

/** Why the process of this pod ends at once because of its version; undefined: it does not. */
export function whyVersionEnds(world: World, ordinal: number): string | undefined {
  const { minor: cluster } = world.etcd
  if (cluster === undefined) return undefined
  const own = minorOf(versionIn(world, world.pods[ordinal]))
  const distance = minors.indexOf(own) - minors.indexOf(cluster)
  if (distance < 0) return 'its etcd is older than the data'
  if (distance > 1) return 'its etcd is more than one minor version newer than the data'
  return own === '3.7' && world.volumes[ordinal]?.log?.isOld ? 'its log holds entries of 3.5' : undefined
}

/** What must never be tried, whatever happens at the same time: 3.7 may not even start again after it. */
export function versionViolation(world: World, ordinal: number): readonly string[] {
  const why = whyVersionEnds(world, ordinal)
  return why === undefined || why === 'its etcd is older than the data' ? [] : [`demo-${ordinal} was started although ${why}`]
}

/** A process of 3.5 writes entries that each member's log holds until a snapshot was saved without them. */
export function withEntries(world: World, ordinal: number): World {
  if (world.etcd.minor === undefined || minorOf(versionIn(world, world.pods[ordinal])) !== '3.5') return world
  return withLogs(world, true)
}

function withLogs(world: World, isOld: boolean): World {
  return world.volumes.reduce(
    (sum: World, volume, ordinal) =>
      volume?.log === undefined || (volume.log.isOld ?? false) === isOld
        ? sum
        : withVolume(sum, ordinal, { ...volume, log: { ...volume.log, isOld } }),
    world,
  )
}

/** The leader looks every four seconds, and moves nothing while a member is away. */
export function* clusterVersion(world: World): Generator<Transition> {
  const { etcd } = world
  const { minor, target, members } = etcd
  if (minor === undefined || etcd.leader === undefined || !members.every((row) => isMemberRunning(world, row))) return
  const running = members.map((row) => minorOf(versionIn(world, world.pods[row.ordinal])))
  const lowest = minors.find((one) => running.includes(one)) ?? minor
  if (target !== undefined && minor !== target)
    yield does('progress', `etcd takes the data back to ${target}`, withLogs({ ...world, etcd: { ...etcd, minor: target } }, false))
  else if (target !== undefined && running.every((one) => one === target))
    yield does('progress', 'etcd ends the way back', { ...world, etcd: { ...etcd, target: undefined } })
  else if (target === undefined && lowest !== minor)
    yield does('progress', `the version of the cluster becomes ${lowest}`, { ...world, etcd: { ...etcd, minor: lowest } })
}

/** etcd allows one minor version back from the cluster's. */
export function enableDowngrade(world: World, target: string): World | undefined {
  const { etcd } = world
  const wanted = minorOf(target)
  if (etcd.leader === undefined || etcd.minor === undefined) return undefined
  if (etcd.target === wanted) return world
  return minors.indexOf(etcd.minor) - 1 === minors.indexOf(wanted) ? { ...world, etcd: { ...etcd, target: wanted } } : undefined
}
