/**
 * What a comparison of the voters' data has shown: the hash of all keys, values and revisions that each voter holds, at one revision.
 *
 * - `agree`        a majority of all voters has one hash, and no voter has another
 * - `wrong`        a majority of all voters has one hash, and these members, by ID, have others
 * - `no-majority`  no hash has a majority of all voters, and at least two hashes were found: nothing tells which data is right
 */
export type HashVote = Ballots &
  ({ readonly verdict: 'agree' } | { readonly verdict: 'wrong'; readonly members: readonly string[] } | { readonly verdict: 'no-majority' })

export interface Ballots {
  readonly revision: number
  /** The hash of each voter that gave one, by member ID. */
  readonly hashes: ReadonlyMap<string, number>
  /** Why the other voters gave no hash, by member ID. */
  readonly missing: ReadonlyMap<string, string>
}
