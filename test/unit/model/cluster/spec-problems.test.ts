import { describe, expect, test } from 'vitest'
import { effectiveQuotaBytes, specProblems } from '../../../../src/model/cluster/spec-problems.ts'
import { anEtcdCluster, type SpecWish } from '../../../builders/a-cluster.ts'

const gi = 2 ** 30

describe('the effective quota', () => {
  const rows: readonly (readonly [string, SpecWish, number])[] = [
    ['is what was asked for', { etcd: { quotaBackendBytes: '400Mi' } }, 400 * 2 ** 20],
    ['is 40 % of a small volume', { storage: { size: '1Gi' } }, Math.floor(0.4 * gi)],
    ['is 2Gi on a large one', { storage: { size: '100Gi' } }, 2 * gi],
    ['is 2Gi on a volume of exactly 5Gi', { storage: { size: '5Gi' } }, 2 * gi],
    ['is a whole number', { storage: { size: '100000001' } }, 40_000_000],
    ['is never below the least that may be asked for', { storage: { size: '10' } }, 16 * 2 ** 20],
    ['nor where it is asked for in another way', { etcd: { quotaBackendBytes: '10' } }, 16 * 2 ** 20],
    ['nor where the volume is not a quantity', { storage: { size: 'large' } }, 16 * 2 ** 20],
  ]

  test.each(rows)('%s', (_, spec, bytes) => {
    expect(effectiveQuotaBytes(anEtcdCluster(spec))).toBe(bytes)
  })

  test('follows the size that the volumes really have', () => {
    expect(effectiveQuotaBytes(anEtcdCluster({ storage: { size: '100Gi' } }), '1Gi')).toBe(Math.floor(0.4 * gi))
  })
})

describe('a spec', () => {
  test.each(['3.5.11', '3.6.16', '3.7.0'])('of etcd %s with defaults has no problem', (version) => {
    expect(specProblems(anEtcdCluster({ version }))).toEqual([])
  })

  test.each(['v3.6.11', '3.6.16-fips', 'v1.2.3', 'latest'])('whose image has the tag %s has no problem', (tag) => {
    expect(specProblems(anEtcdCluster({ image: { tag } }))).toEqual([])
  })

  const rows: readonly (readonly [string, SpecWish, RegExp])[] = [
    ['of an even size', { size: 4 }, /^spec.size is 4; it must be 1, 3, 5 or 7$/],
    ['of no members', { size: 0 }, /^spec.size is 0/],
    ['of too many members', { size: 9 }, /^spec.size is 9/],
    ['of an etcd that is too old', { version: '3.5.10' }, /^spec.version 3.5.10 isn't supported/],
    ['of an etcd that is not known yet', { version: '3.8.0' }, /^spec.version 3.8.0 isn't supported/],
    ['of a pre-release', { version: '3.7.0-rc.0' }, /^spec.version 3.7.0-rc.0 isn't supported/],
    [
      'of an image of another minor version',
      { image: { tag: 'v3.7.3-fips' } },
      /^spec.image.tag v3.7.3-fips is of another minor version than spec.version 3.6.16: set both to the same$/,
    ],
    ['of a volume without a size', { storage: { size: 'large' } }, /^spec.storage.size large isn't a quantity, for example 8Gi$/],
    ['of a volume of nothing', { storage: { size: '0' } }, /^spec.storage.size 0 is less than 64Mi/],
    ['of a volume without its unit', { storage: { size: '10' } }, /^spec.storage.size 10 is less than 64Mi.*such as 8Gi$/],
    [
      'of a quota of half the volume',
      { etcd: { quotaBackendBytes: '512Mi' } },
      /^spec.etcd.quotaBackendBytes \(512Mi\) must be under half of spec.storage.size \(1Gi\)/,
    ],
    [
      'of an election that is too quick',
      { etcd: { heartbeatInterval: '300ms' } },
      /^spec.etcd.electionTimeout must be at least five times spec.etcd.heartbeatInterval$/,
    ],
    [
      'of a window that never opens',
      { maintenance: { windows: [{ schedule: '0 0 31 2 *', duration: '4h' }] } },
      /^spec.maintenance.windows\[0\].schedule "0 0 31 2 \*" is never due/,
    ],
    [
      'of a window in a zone that nobody knows',
      { maintenance: { windows: [{ schedule: '0 2 * * *', duration: '4h', timeZone: 'Mars/Olympus' }] } },
      /^spec.maintenance.windows\[0\].timeZone "Mars\/Olympus" is not a known time zone/,
    ],
    ['of a heartbeat that is no duration', { etcd: { heartbeatInterval: 'often' } }, /^spec.etcd.electionTimeout/],
  ]

  test.each(rows)('%s names the field and the way out', (_, spec, problem) => {
    expect(specProblems(anEtcdCluster(spec))).toEqual([expect.stringMatching(problem)])
  })

  test('is told all its problems at once', () => {
    expect(specProblems(anEtcdCluster({ size: 2, version: '2.3.8', storage: { size: '-1Gi' } }))).toHaveLength(3)
  })

  test('may ask for an election of exactly five heartbeats', () => {
    expect(specProblems(anEtcdCluster({ etcd: { heartbeatInterval: '200ms', electionTimeout: '1s' } }))).toEqual([])
  })
})
