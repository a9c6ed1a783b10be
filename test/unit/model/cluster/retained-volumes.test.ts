import { describe, expect, test } from 'vitest'
import { adoptableVolumes, formatVoters, retainedVolumes } from '../../../../src/model/cluster/retained-volumes.ts'
import type { VolumeFacts } from '../../../../src/model/cluster/view.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const three = 'demo-0=a0,demo-1=a1,demo-2=a2'

/** A volume that an earlier EtcdCluster of this name left behind, with the marks of its three voters; listed by name, as the API server does. */
function retained(scene: Scene, ordinal: number, changes: Partial<VolumeFacts> = {}): Scene {
  const marks = { clusterUid: 'earlier', clusterId: 'c0', incarnation: 'inc9', memberId: `a${ordinal}`, voters: three }
  const { volumes } = scene.withVolume(`demo-${ordinal}`, { ...marks, ...changes })
  return scene.with({ volumes: volumes.toSorted((a, b) => (a.name < b.name ? -1 : 1)) })
}

const all = retained(retained(retained(aCluster(), 0), 1), 2)
const unmarked = { clusterId: undefined, memberId: undefined, incarnation: undefined, voters: undefined }
const adopted = { kind: 'adoptable', clusterId: 'c0', incarnation: 'inc9', members: ['demo-0', 'demo-1', 'demo-2'] }

describe('retained are', () => {
  test('the volumes that carry our label and the UID of another EtcdCluster, or none', () => {
    const view = retained(aCluster().withVolume('demo-0').withVolume('demo-2', { labelled: false, clusterUid: 'x' }), 1).withVolume(
      'demo-3',
      { clusterUid: undefined },
    )
    expect(retainedVolumes(view).map(({ member }) => member)).toEqual(['demo-1', 'demo-3'])
  })
})

describe('volumes bring back all the voters of their cluster', () => {
  test.each([
    ['when all are there and agree', all],
    ['when a majority is', all.withoutVolume('demo-1')],
    ['when the third carries no marks', retained(all, 2, unmarked)],
    ['when the third is of a still earlier cluster', retained(all, 2, { clusterId: 'c00', voters: 'demo-2=b2', memberId: undefined })],
    ['when the third holds the data of a member that had left', retained(all, 2, { memberId: 'dead' })],
  ])('%s', (_, view) => {
    expect(adoptableVolumes(view)).toEqual(adopted)
  })

  test('whatever else this cluster has begun to write', () => {
    expect(adoptableVolumes(all.withVolume('demo-3', { clusterUid: 'uid-demo', clusterId: 'c1' }))).toEqual(adopted)
  })

  test('one volume is enough for a cluster of one', () => {
    expect(adoptableVolumes(retained(aCluster({ size: 1 }), 0, { voters: 'demo-0=a0' }))).toEqual({ ...adopted, members: ['demo-0'] })
  })
})

describe('volumes are refused', () => {
  const refused: readonly (readonly [string, Scene, RegExp])[] = [
    ['when only one of three is there', retained(aCluster(), 0), /no majority .* \(expected those of demo-0, demo-1, demo-2\)/],
    [
      'when each tells of other voters',
      retained(retained(all, 0, { voters: 'demo-0=a0,demo-1=a1' }), 1, { voters: 'demo-1=a1,demo-2=a2' }),
      /no majority/,
    ],
    ['when their clusters differ', retained(retained(all, 0, { clusterId: 'c7' }), 1, { clusterId: 'c8' }), /no majority/],
    ['when their data directories differ', retained(retained(all, 0, { incarnation: 'i7' }), 1, { incarnation: 'i8' }), /no majority/],
    [
      'when their member IDs are not those of the voters',
      retained(retained(all, 0, { memberId: 'b0' }), 1, { memberId: 'b1' }),
      /no majority/,
    ],
    ['when two stand under each other’s name', retained(retained(all, 0, { memberId: 'a1' }), 1, { memberId: 'a0' }), /no majority/],
    [
      'when none carries marks',
      retained(retained(aCluster(), 0, unmarked), 1, unmarked),
      /^data-demo-0, data-demo-1: none of these volumes says which cluster it belongs to/,
    ],
    ['when the list of voters is empty', retained(aCluster(), 0, { voters: '' }), /./],
  ]

  test.each(refused)('%s', (_, view, why) => {
    expect(adoptableVolumes(view)).toEqual({ kind: 'refused', why: expect.stringMatching(why) })
  })

  test('with all their names and a way out', () => {
    expect(adoptableVolumes(retained(aCluster(), 0))).toMatchObject({
      why: expect.stringMatching(/^data-demo-0: .*restore a backup under another name$/),
    })
  })
})

describe('a volume that was marked when it was the only voter', () => {
  const stale = retained(all, 0, { voters: 'demo-0=a0' })

  test('does not stand for the three that came later', () => {
    expect(adoptableVolumes(stale)).not.toMatchObject({ members: ['demo-0'] })
  })

  test('is judged alike in whatever order the volumes are listed', () => {
    expect(adoptableVolumes(stale.with({ volumes: stale.volumes.toReversed() })).kind).toBe(adoptableVolumes(stale).kind)
    expect(adoptableVolumes(stale.with({ volumes: stale.volumes.toReversed() }))).not.toMatchObject({ members: ['demo-0'] })
  })
})

test('voters are written down in the order of their names', () => {
  const voters = [
    { name: 'demo-1', id: 'a1' },
    { name: 'demo-0', id: 'a0' },
  ]
  expect(formatVoters(voters)).toBe('demo-0=a0,demo-1=a1')
})
