import { type Known, known, unknown } from '../known.ts'
import type { Ballots, HashVote } from './hash-vote.ts'
import { quorum } from './quorum.ts'

/** One voter's answer. */
export interface Ballot {
  readonly id: string
  /** etcd's version, where the voter answers at all. */
  readonly version: string | undefined
  readonly hash: Known<{ readonly hash: number; readonly compactRevision: number }>
}

/**
 * Counts the hashes of all voters of the member list, silent ones included, at one revision.
 *
 * Safety: only a majority of all voters proves that a member's data is wrong. The CORRUPT alarm does not, because it may name a healthy
 * member (server/etcdserver/corrupt.go), nor does a majority of those that happen to answer. Hashes are compared only where they cover the
 * same revisions and were made by the same version of etcd: releases up to 3.5.15 treat the tombstone of a compacted revision differently
 * (server/storage/mvcc/hash.go, WriteKeyValue).
 */
export function countHashes(revision: number, voters: readonly Ballot[]): Known<HashVote> {
  if (voters.length < 2) return unknown('a single voter has no other whose data could be compared with its own')
  const given = voters.flatMap(({ id, version, hash }) => (hash.known ? [{ id, version, ...hash.value }] : []))
  const right = hashOfMajority(given, quorum(voters.length))
  const cast = right === undefined ? largestGroup(given) : comparableWith(right, given)
  const apart = given.filter((one) => !cast.includes(one)).map(({ id }) => [id, incomparable] as const)
  const missing = new Map([...voters.flatMap(({ id, hash }) => (hash.known ? [] : [[id, hash.why] as const])), ...apart])
  const ballots: Ballots = { revision, hashes: new Map(cast.map(({ id, hash }) => [id, hash])), missing }
  if (right !== undefined) {
    const members = cast.filter(({ hash }) => hash !== right.hash).map(({ id }) => id)
    return known(members.length === 0 ? { ...ballots, verdict: 'agree' } : { ...ballots, verdict: 'wrong', members })
  }
  if (new Set(ballots.hashes.values()).size > 1) return known({ ...ballots, verdict: 'no-majority' })
  return unknown(`no majority of the voters gave comparable hashes of their data: ${[...new Set(missing.values())].join('; ')}`)
}

const incomparable = 'some members run another version of etcd, or have not compacted up to the same revision'

type Given = { readonly id: string; readonly hash: number; readonly version: string | undefined; readonly compactRevision: number }

/** One of those that have the hash of a majority. */
function hashOfMajority(given: readonly Given[], majority: number): Given | undefined {
  return given.find((one) => given.filter((other) => isEqual(one, other)).length >= majority)
}

/** Those of its version too, and of each other version that has made the same hash of the same data. */
function comparableWith(right: Given, given: readonly Given[]): readonly Given[] {
  const versions = new Set(given.filter((one) => isEqual(one, right)).map(({ version }) => version))
  return given.filter((one) => one.compactRevision === right.compactRevision && versions.has(one.version))
}

function isEqual(one: Given, other: Given): boolean {
  return one.hash === other.hash && one.compactRevision === other.compactRevision
}

/** The hashes that can be compared with each other. */
function largestGroup(given: readonly Given[]): readonly Given[] {
  const groups = given.map((one) =>
    given.filter(({ version, compactRevision }) => version === one.version && compactRevision === one.compactRevision),
  )
  return groups.toSorted((a, b) => b.length - a.length)[0] ?? []
}
