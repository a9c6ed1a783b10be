import { expect, test } from 'vitest'
import { type Ballot, countHashes } from '../../../../src/model/cluster/count-hashes.ts'
import type { HashVote } from '../../../../src/model/cluster/hash-vote.ts'
import { type Known, known, unknown } from '../../../../src/model/known.ts'

/** `a a b` is three voters with two hashes; `-` gave none; `a@9` has compacted up to revision 9; `a/3.6.11` runs that version. */
function ballots(text: string): readonly Ballot[] {
  return text.split(' ').map((word, index) => {
    const [, hash = '', , compacted = '5', , version = '3.6.16'] = /^(-|[a-z])(@(\d+))?(\/(.*))?$/.exec(word) ?? []
    const id = `m${index}`
    if (hash === '-') return { id, version: undefined, hash: unknown(`${id} is silent`) }
    return { id, version, hash: known({ hash: hash.charCodeAt(0), compactRevision: Number(compacted) }) }
  })
}

const incomparable = 'some members run another version of etcd, or have not compacted up to the same revision'

function inShort(vote: Known<HashVote>): string {
  if (!vote.known) return `unknown: ${vote.why}`
  const { value } = vote
  const words = [value.verdict, ...(value.verdict === 'wrong' ? value.members : [])]
  return [...words, ...(value.missing.size > 0 ? ['missing', ...value.missing.keys()] : [])].join(' ')
}

test.each([
  ['a a a', 'agree'],
  ['a a', 'agree'],
  ['a a b', 'wrong m2'],
  ['b a a', 'wrong m0'],
  ['a b b b a', 'wrong m0 m4'],
  ['a b b c b', 'wrong m0 m3'],
  // A voter that gave no hash has its vote all the same: the majority is one of all voters.
  ['a a -', 'agree missing m2'],
  ['a b -', 'no-majority missing m2'],
  ['a a b - -', 'no-majority missing m3 m4'],
  ['a a a b -', 'wrong m3 missing m4'],
  ['a a - -', 'unknown: no majority of the voters gave comparable hashes of their data: m2 is silent; m3 is silent'],
  ['a b', 'no-majority'],
  ['a b c', 'no-majority'],
  ['a a b b', 'no-majority'],
  ['a', 'unknown: a single voter has no other whose data could be compared with its own'],
  ['a - -', 'unknown: no majority of the voters gave comparable hashes of their data: m1 is silent; m2 is silent'],
  // Hashes of other revisions, and of another version's compaction, differ for equal data.
  ['a a b@6', 'agree missing m2'],
  // Equal hashes are of equal data, whatever made them: in a roll members run two versions.
  ['a a a/3.6.11', 'agree'],
  ['a a a/3.6.11 a/3.6.11', 'agree'],
  ['a a/3.6.11 b/3.5.35', 'agree missing m2'],
  // Another member of that version has the hash of the majority: so its other hash is of other data.
  ['a a/3.6.11 b/3.6.11', 'wrong m2'],
  ['a/3.6.11 b/3.6.11 a', 'wrong m1'],
  ['a a a@6', 'agree missing m2'],
  ['a a b/3.5.15', 'agree missing m2'],
  ['a a b b@6 a', 'wrong m2 missing m3'],
  ['a a@6 a@7', `unknown: no majority of the voters gave comparable hashes of their data: ${incomparable}`],
])('the hashes %s: %s', (text, says) => {
  expect(inShort(countHashes(7, ballots(text)))).toBe(says)
})

test('the vote keeps the hashes as evidence, and why others are missing', () => {
  expect(countHashes(7, ballots('a b -'))).toEqual(
    known({
      verdict: 'no-majority',
      revision: 7,
      hashes: new Map([
        ['m0', 97],
        ['m1', 98],
      ]),
      missing: new Map([['m2', 'm2 is silent']]),
    }),
  )
})
