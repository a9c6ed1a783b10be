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
  #version = 0

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
      this.stored = { record, version: String(++this.#version) }
      return this.stored
    }
    const always = async (signal: AbortSignal, work: () => StoredLease) => {
      const result = await answer(signal, work)
      if (result === undefined) throw new Error('no answer')
      return result
    }
    return {
      get: (signal) => answer(signal, () => this.stored),
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
