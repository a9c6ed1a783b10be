import { parseDuration } from '../duration.ts'
import { isOurs, listed, podOf } from './members.ts'
import type { ClusterView } from './view.ts'

/** How often a leader sends heartbeats, and how long a follower waits before it calls an election; milliseconds. */
export interface Timing {
  readonly heartbeatMs: number
  readonly electionMs: number
}

/** A follower that gets no heartbeat for its election timeout calls an election: etcd wants five heartbeats in it (embed/config.go). */
const heartbeatsPerElection = 5

/**
 * The timing that members get next. While a roll is under way the leader may be any member: the heartbeat of each has to fit the election
 * timeout of every other one. Where the wanted timing doesn't, members first get the longest election timeout with the shortest heartbeat
 * of all, and the wanted timing in a second roll: upwards the election timeout before the heartbeat, downwards the other way round.
 */
export function nextTiming(view: Pick<ClusterView, 'cluster' | 'config' | 'pods' | 'membership'>): Timing {
  const { heartbeatInterval, electionTimeout } = view.cluster.spec.etcd
  const wanted = { heartbeatMs: parseDuration(heartbeatInterval) ?? 100, electionMs: parseDuration(electionTimeout) ?? 1000 }
  const present = presentTimings(view)
  if (present.length === 0 || [...present, wanted].every((one) => fits(wanted, one) && fits(one, wanted))) return wanted
  return {
    heartbeatMs: Math.min(wanted.heartbeatMs, ...present.map((one) => one.heartbeatMs)),
    electionMs: Math.max(wanted.electionMs, ...present.map((one) => one.electionMs)),
  }
}

/** Whether the heartbeats of a leader with the one timing keep a follower with the other from an election. */
function fits({ heartbeatMs }: Timing, { electionMs }: Timing): boolean {
  return electionMs >= heartbeatsPerElection * heartbeatMs
}

/** What the listed members run with, and what stands in their files: with that their next process starts, whatever restarts it. */
function presentTimings(view: Parameters<typeof nextTiming>[0]): readonly Timing[] {
  return listed(view)
    .filter(isOurs)
    .flatMap(({ name }) => {
      const text = view.config.state === 'ours' ? view.config.value.members.get(name)?.text : undefined
      return [timingIn(podOf(view, name)?.startedWith ?? ''), text === undefined ? undefined : timingOfFile(text)]
    })
    .filter((timing) => timing !== undefined)
}

/** As a part of the name of settings. */
export function timingWords({ heartbeatMs, electionMs }: Timing): string {
  return `${heartbeatMs}-${electionMs}`
}

function timingIn(settings: string): Timing | undefined {
  const match = /\.(\d+)-(\d+)(?:\.\w+)?$/.exec(settings)
  return match === null ? undefined : { heartbeatMs: Number(match[1]), electionMs: Number(match[2]) }
}

function timingOfFile(text: string): Timing | undefined {
  const heartbeat = /^heartbeat-interval: (\d+)$/m.exec(text)?.[1]
  const election = /^election-timeout: (\d+)$/m.exec(text)?.[1]
  return heartbeat === undefined || election === undefined ? undefined : { heartbeatMs: Number(heartbeat), electionMs: Number(election) }
}
