import { Failure } from '../failure.ts'
import type { Kube } from '../kube.ts'
import { LEASE, type Lease } from './kinds.ts'
import { microTime } from './micro-time.ts'
import type { ObjectRef } from './object.ts'

/** The Lease's contents; the shape that the leader election works with. Times are wall clock. */
export interface LeaseRecord {
  readonly holder: string
  readonly durationMs: number
  readonly acquiredAtMs: number
  readonly renewedAtMs: number
  readonly transitions: number
}

export interface StoredLease {
  readonly record: LeaseRecord
  readonly version: string
}

/** Reads and writes one Lease; an update of another version than the stored one rejects with `conflict`. */
export function leaseClient(kube: Kube, ref: ObjectRef & { readonly namespace: string }) {
  return {
    async get(signal: AbortSignal): Promise<StoredLease | undefined> {
      const lease = await kube.get(LEASE, ref, signal)
      return lease === undefined ? undefined : storedOf(lease)
    },
    async create(record: LeaseRecord, signal: AbortSignal): Promise<StoredLease> {
      return storedOf(await kube.create(LEASE, { metadata: { ...ref }, spec: specOf(record) }, signal))
    },
    async update(version: string, record: LeaseRecord, signal: AbortSignal): Promise<StoredLease> {
      // The API server refuses an empty holder: a Lease that was given back has no holder at all.
      const spec = { ...specOf(record), holderIdentity: record.holder || null }
      const change = { metadata: { resourceVersion: version }, spec }
      return storedOf(await kube.patch(LEASE, ref, change, signal))
    },
    /** Every write after `version`, a deletion as undefined. Bookmarks are left out: they don't prove that the holder lives. */
    async *watch(version: string, signal: AbortSignal): AsyncGenerator<StoredLease | undefined> {
      const { namespace, name } = ref
      for await (const event of kube.watch(LEASE, { namespace, fieldSelector: `metadata.name=${name}` }, version, signal)) {
        if (event.type === 'expired') return
        if (event.type !== 'bookmark') yield event.type === 'deleted' ? undefined : storedOf(event.object)
      }
    },
  }
}

function specOf({ holder, durationMs, acquiredAtMs, renewedAtMs, transitions }: LeaseRecord) {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.round(durationMs / 1000),
    acquireTime: microTime(acquiredAtMs),
    renewTime: microTime(renewedAtMs),
    leaseTransitions: transitions,
  }
}

function storedOf({ metadata, spec = {} }: Lease): StoredLease {
  const { holderIdentity = '', leaseDurationSeconds = 0, acquireTime, renewTime, leaseTransitions = 0 } = spec
  const record = {
    holder: holderIdentity,
    durationMs: leaseDurationSeconds * 1000,
    acquiredAtMs: epochMsOf(acquireTime),
    renewedAtMs: epochMsOf(renewTime),
    transitions: leaseTransitions,
  }
  return { record, version: metadata.resourceVersion }
}

function epochMsOf(time: string | undefined): number {
  if (time === undefined) return 0
  const ms = Date.parse(time)
  if (Number.isNaN(ms)) throw new Failure('bug', `a Lease with an unreadable time: ${time}`)
  return ms
}
