import { expect, test } from 'vitest'
import {
  type LeaderElection,
  type LeaseClient,
  type LeaseRecord,
  type StoredLease,
  startLeaderElection,
} from '../../../src/runtime/leader-election.ts'
import { recordedLog, VirtualClock } from './virtual-clock.ts'

/** One Lease on a server; each candidate has its own way to it, which can be cut. */
class FakeLease {
  stored: StoredLease | undefined
  writes = 0
  reads = 0
  watches = 0
  /** Refused to all: an installation whose Role lacks the verb. */
  mayWatch = true
  /** Ends the watches that are open. */
  endWatches = () => {}
  #version = 0
  #changed = Promise.withResolvers<void>()

  /** What the store says and watches hear: for a test that changes it by hand. */
  put(stored: StoredLease | undefined): void {
    this.stored = stored
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** The store is replaced by an earlier copy of itself: versions count on from there. */
  setBack(copy: StoredLease | undefined): void {
    this.#version = Number(copy?.version)
    this.put(copy)
  }

  client(line: { state: 'up' | 'down' | 'silent' | 'reply-lost' } = { state: 'up' }): LeaseClient {
    const answer = async (signal: AbortSignal, work: () => StoredLease | undefined) => {
      if (line.state === 'down') throw new Error('unreachable')
      if (line.state === 'silent') return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      const result = work()
      if (line.state === 'reply-lost') throw new Error('reset')
      return result
    }
    const store = (record: LeaseRecord) => {
      this.writes++
      const stored = { record, version: String(++this.#version) }
      this.put(stored)
      return stored
    }
    const always = async (signal: AbortSignal, work: () => StoredLease) => {
      const result = await answer(signal, work)
      if (result === undefined) throw new Error('no answer')
      return result
    }
    const lease = this
    return {
      get: (signal) => {
        this.reads++
        return answer(signal, () => this.stored)
      },
      async *watch(version, signal) {
        lease.watches++
        if (!lease.mayWatch) throw new Error('forbidden')
        await answer(signal, () => undefined)
        const ended = new Promise<'ended'>((resolve) => {
          lease.endWatches = () => resolve('ended')
          signal.addEventListener('abort', () => resolve('ended'), { once: true })
        })
        for (let seen: string | undefined = version; ; ) {
          if (lease.stored?.version !== seen && line.state !== 'silent') {
            seen = lease.stored?.version
            yield lease.stored
            continue
          }
          if ((await Promise.race([ended, lease.#changed.promise])) === 'ended') return
        }
      },
      create: (record, signal) =>
        always(signal, () => {
          if (this.stored !== undefined) throw new Error('already exists')
          return store(record)
        }),
      update: (version, record, signal) =>
        always(signal, () => {
          if (this.stored?.version !== version) throw new Error('conflict')
          return store(record)
        }),
    }
  }
}

function aWorld() {
  const clock = new VirtualClock()
  const lease = new FakeLease()
  const events: string[] = []
  const candidate = (identity: string, line?: Parameters<FakeLease['client']>[0]): LeaderElection =>
    startLeaderElection({
      client: lease.client(line),
      identity,
      onElected: () => events.push(`${identity} elected`),
      onLost: (why) => events.push(`${identity} lost: ${why}`),
      onSetBack: () => events.push(`${identity} set back`),
      clock,
      log: recordedLog(),
    })
  return { clock, lease, events, candidate }
}

test('the first candidate creates the Lease and leads, the second waits', async () => {
  const { clock, lease, events, candidate } = aWorld()
  const a = candidate('a')
  await clock.advance(0)
  const b = candidate('b')
  await clock.advance(60_000)
  expect(events).toEqual(['a elected'])
  expect([a.isLeader(), b.isLeader()]).toEqual([true, false])
  expect(lease.stored?.record).toMatchObject({ holder: 'a', durationMs: 15_000, transitions: 0 })
})

test('of two candidates that start together exactly one leads', async () => {
  const { clock, events, candidate } = aWorld()
  const both = [candidate('a'), candidate('b')]
  await clock.advance(30_000)
  expect(events).toHaveLength(1)
  expect(both.filter((one) => one.isLeader())).toHaveLength(1)
})

test('the leader renews every two seconds', async () => {
  const { clock, lease, candidate } = aWorld()
  candidate('a')
  await clock.advance(20_000)
  expect(lease.writes).toBe(11)
})

test('a candidate follows the Lease by one watch, and the leader renews without reading', async () => {
  const { clock, lease, events, candidate } = aWorld()
  candidate('a')
  await clock.advance(0)
  candidate('b')
  await clock.advance(600_000)
  expect(events).toEqual(['a elected'])
  expect(lease).toMatchObject({ reads: 2, watches: 1, writes: 301 })
})

test('a watch that the server ends is opened again after one look', async () => {
  const { clock, lease, events, candidate } = aWorld()
  candidate('a')
  await clock.advance(0)
  candidate('b')
  await clock.advance(300_000)
  lease.endWatches()
  await clock.advance(300_000)
  expect(events).toEqual(['a elected'])
  expect(lease).toMatchObject({ reads: 3, watches: 2 })
})

test('a candidate that may not watch the Lease looks every two seconds', async () => {
  const { clock, lease, events, candidate } = aWorld()
  lease.mayWatch = false
  const a = candidate('a')
  await clock.advance(0)
  const b = candidate('b')
  await clock.advance(60_000)
  expect(lease.reads).toBeLessThan(35)
  await a.release()
  await clock.advance(2_500)
  expect(b.isLeader()).toBe(true)
  expect(events).toEqual(['a elected', 'b elected'])
})

test('a candidate whose watch has died in silence takes nothing from a leader that renews', async () => {
  const { clock, lease, events, candidate } = aWorld()
  candidate('a')
  await clock.advance(0)
  const line: { state: 'up' | 'silent' } = { state: 'up' }
  candidate('b', line)
  await clock.advance(10_000)
  line.state = 'silent'
  await clock.advance(14_000)
  line.state = 'up'
  await clock.advance(60_000)
  expect(events).toEqual(['a elected'])
  expect(lease.watches).toBe(2)
})

test('a Lease with an older version than before tells the leader that the API server was set back, and it leads on', async () => {
  const { clock, lease, events, candidate } = aWorld()
  const a = candidate('a')
  await clock.advance(10_000)
  const copy = lease.stored
  await clock.advance(60_000)
  lease.setBack(copy)
  await clock.advance(4_000)
  expect(events).toEqual(['a elected', 'a set back'])
  expect(a.isLeader()).toBe(true)
})

test('a candidate hears of it as well, when its watch has been silent for as long as the Lease lasts', async () => {
  const { clock, lease, events, candidate } = aWorld()
  candidate('a')
  await clock.advance(10_000)
  const copy = lease.stored
  const line: { state: 'up' | 'silent' } = { state: 'up' }
  candidate('b', line)
  await clock.advance(60_000)
  line.state = 'silent'
  lease.setBack(copy)
  await clock.advance(14_900)
  line.state = 'up'
  // The leader has renewed a few times since: its Lease is still older than what the candidate heard last.
  await clock.advance(2_000)
  expect(events).toEqual(['a elected', 'a set back', 'b set back'])
})

test('a Lease that was given back is taken over within a second', async () => {
  const { clock, lease, events, candidate } = aWorld()
  const a = candidate('a')
  await clock.advance(0)
  const b = candidate('b')
  await clock.advance(30_300)
  const released = a.release()
  expect(a.isLeader()).toBe(false)
  await released
  await clock.advance(1_000)
  expect(b.isLeader()).toBe(true)
  expect(events).toEqual(['a elected', 'b elected'])
  expect(lease.stored?.record).toMatchObject({ holder: 'b', transitions: 1 })
})

test('the Lease of a leader that is gone is taken after its duration, not earlier', async () => {
  const { clock, events, candidate } = aWorld()
  const line: { state: 'up' | 'silent' } = { state: 'up' }
  candidate('a', line)
  await clock.advance(10_000)
  candidate('b')
  await clock.advance(600)
  line.state = 'silent'
  await clock.advance(13_000)
  expect(events).not.toContain('b elected')
  await clock.advance(3_000)
  expect(events).toContain('b elected')
})

test('a restarted container takes its own Lease back at once', async () => {
  const { clock, lease, events, candidate } = aWorld()
  candidate('pod-1', { state: 'up' })
  await clock.advance(0)
  const before = lease.stored?.record
  candidate('pod-1')
  await clock.advance(0)
  expect(events).toEqual(['pod-1 elected', 'pod-1 elected'])
  expect(lease.stored?.record).toMatchObject({ transitions: 0, acquiredAtMs: before?.acquiredAtMs })
})

test.each(['down', 'silent'] as const)('a leader whose way to the server is %s gives up before anybody else may lead', async (state) => {
  const { clock, events, candidate } = aWorld()
  const line: { state: 'up' | 'down' | 'silent' } = { state: 'up' }
  const a = candidate('a', line)
  await clock.advance(20_000)
  const b = candidate('b')
  await clock.advance(2_000)
  line.state = state
  for (let second = 0; second < 30; second++) {
    await clock.advance(1_000)
    expect([a, b].filter((one) => one.isLeader()).length).toBeLessThan(2)
  }
  expect(events).toEqual(['a elected', 'a lost: it could not be renewed for 10000 ms', 'b elected'])
})

test('a short outage does not cost the leadership', async () => {
  const { clock, events, candidate } = aWorld()
  const line: { state: 'up' | 'down' } = { state: 'up' }
  const a = candidate('a', line)
  candidate('b')
  await clock.advance(20_000)
  line.state = 'down'
  await clock.advance(7_000)
  line.state = 'up'
  await clock.advance(20_000)
  expect(a.isLeader()).toBe(true)
  expect(events).toEqual(['a elected'])
})

test('a renewal whose answer was lost is no loss', async () => {
  const { clock, events, candidate } = aWorld()
  const line: { state: 'up' | 'reply-lost' } = { state: 'up' }
  const a = candidate('a', line)
  await clock.advance(1_000)
  line.state = 'reply-lost'
  await clock.advance(2_000)
  line.state = 'up'
  await clock.advance(20_000)
  expect(a.isLeader()).toBe(true)
  expect(events).toEqual(['a elected'])
})

test('a leader that was frozen past its Lease knows it before it does anything, and exits', async () => {
  const { clock, events, candidate } = aWorld()
  const a = candidate('a')
  await clock.advance(20_000)
  clock.freeze(60_000)
  expect(a.isLeader()).toBe(false)
  const b = candidate('b')
  await clock.advance(0)
  expect(events).toEqual(['a elected', 'a lost: it could not be renewed for 10000 ms'])
  await clock.advance(20_000)
  expect([a.isLeader(), b.isLeader()]).toEqual([false, true])
})

test('a leader whose Lease was taken by another loses at its next renewal', async () => {
  const { clock, lease, events, candidate } = aWorld()
  const a = candidate('a')
  await clock.advance(20_000)
  const { stored } = lease
  if (stored === undefined) throw new Error('no lease')
  await lease.client().update(stored.version, { ...stored.record, holder: 'b' }, new AbortController().signal)
  await clock.advance(3_000)
  expect(a.isLeader()).toBe(false)
  expect(events).toEqual(['a elected', 'a lost: it is held by b'])
})

test('a Lease that somebody deleted is lost', async () => {
  const { clock, lease, events, candidate } = aWorld()
  candidate('a')
  await clock.advance(5_000)
  lease.stored = undefined
  await clock.advance(3_000)
  expect(events).toEqual(['a elected', 'a lost: it was deleted'])
})

test('a candidate that stops leaves the Lease alone', async () => {
  const { clock, lease, candidate } = aWorld()
  candidate('a')
  await clock.advance(0)
  const b = candidate('b')
  await clock.advance(5_000)
  const { writes } = lease
  await b.release()
  expect(lease).toMatchObject({ writes, stored: { record: { holder: 'a' } } })
})

test('giving back ends also when the server is away', async () => {
  const { clock, candidate } = aWorld()
  const line: { state: 'up' | 'silent' } = { state: 'up' }
  const a = candidate('a', line)
  await clock.advance(1_000)
  line.state = 'silent'
  const released = a.release()
  await clock.advance(3_000)
  await released
})
