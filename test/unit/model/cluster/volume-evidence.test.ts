import { describe, expect, test } from 'vitest'
import { exitsInARow } from '../../../../src/model/cluster/repeated-exits.ts'
import { standingStill } from '../../../../src/model/cluster/standing-still.ts'
import type { VolumeFacts } from '../../../../src/model/cluster/view.ts'
import { volumeEvidence } from '../../../../src/model/cluster/volume-evidence.ts'
import { aCluster, leaderIndex, leaderRevision, now, type Scene } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const silent = three.silent('demo-1')

/** What is known after these looks, one after the other. */
function afterLooks(...looks: readonly Scene[]): Scene {
  let memory = three.memory
  for (const look of looks) {
    const view = look.with({ memory })
    memory = { ...memory, exits: exitsInARow(view), standingStill: standingStill(view) }
  }
  return (looks.at(-1) ?? three).with({ memory })
}

function evidenceOf(view: Scene) {
  const member = three.members().find(({ name }) => name === 'demo-1')
  return member?.name === undefined ? undefined : volumeEvidence(view, member)
}

const ended = (cause: Parameters<Scene['crashed']>[1], restarts: number) => three.crashed('demo-1', cause).withPod('demo-1', { restarts })
const twice = (cause: Parameters<Scene['crashed']>[1]) => afterLooks(ended(cause, 0), ended(cause, 1))
const marked = (changes: Partial<VolumeFacts>) => silent.withVolume('demo-1', changes)

/** Without marks: only what it said before was of another claim. */
const onNewClaim = (view: Scene) => view.withVolume('demo-1', { uid: 'new', markedClaimUid: undefined })

const withVersionThatRan = (view: Scene, version: string) => view.withStatus({ version })

/** Its metrics page answers, and its container runs since then. */
const takesPartSince = (since: number) => three.takingPart('demo-1').withPod('demo-1', { restarts: 1, etcd: { state: 'running', since } })

/** It runs alone, and its metrics page says how far it is. */
const alone = (behind: number, running: Scene = three) =>
  running
    .withoutMajority()
    .takingPart('demo-1', { hasLeader: false, revision: leaderRevision - behind, raftAppliedIndex: leaderIndex - behind })
    .withVolume('demo-1', { progress: { revision: leaderRevision, applied: leaderIndex, at: now - 60_000 } })
const stoodStill = (behind: number) => afterLooks(alone(behind), alone(behind).later(10_000))

describe('the volume of a member is', () => {
  const rows: readonly (readonly [string, Scene, string, RegExp])[] = [
    ['lost, where the member finds no log', ended('empty-volume', 0), 'VolumeLost', /refuses to start: there is no log on its volume, /],
    ['lost, where its claim is new', marked({ unused: true }).withPod('demo-1', { etcd: { state: 'none' } }), 'VolumeLost', /new claim/],
    ['lost, where the PersistentVolume is gone', marked({ lost: true }), 'VolumeLost', /PersistentVolume of data-demo-1 is gone/],
    ['emptied, where only the leader remembers a log', ended('emptied', 0), 'VolumeLost', /has an empty log/],
    [
      'exchanged, where the claim has another UID than its mark',
      marked({ markedClaimUid: 'before' }),
      'VolumeExchanged',
      /marked as before/,
    ],
    ['exchanged, where it has another disk', marked({ markedVolumeName: 'pv-old' }), 'VolumeExchanged', /marked with pv-old/],
    ['exchanged, where it is marked as the volume of another ID', marked({ memberId: 'a9' }), 'VolumeExchanged', /volume of member a9/],
    [
      'exchanged, where another member answers',
      three.withAnswer('demo-1', { memberId: 'a9' }),
      'VolumeExchanged',
      /runs on the data of member a9: etcd lists it as a1/,
    ],
    ['set back, where it ended so twice', twice('set-back'), 'VolumeSetBack', /at two starts in a row/],
    [
      'set back, where its metrics page answered for a moment in between',
      afterLooks(ended('set-back', 0), takesPartSince(now - 1000), ended('set-back', 1)),
      'VolumeSetBack',
      /at two starts in a row/,
    ],
    ['set back, where it stands far below its mark', stoodStill(1000), 'VolumeSetBack', /holds revision 3900 .* reached revision 4900/],
    ['corrupt, where it ended so twice', twice('corrupt'), 'VolumeDamaged', /can't read its log or its database, .*: panic$/],
    [
      'corrupt, where its pod was recreated in between',
      afterLooks(ended('corrupt', 3), ended('corrupt', 0).withPod('demo-1', { uid: 'next' })),
      'VolumeDamaged',
      /can't read/,
    ],
  ]

  test.each(rows)('%s', (_, view, reason, message) => {
    expect(evidenceOf(view)).toMatchObject({ reason, message: expect.stringMatching(message) })
    expect(evidenceOf(view)?.message).toMatch(/^demo-1 /)
  })
})

describe('nothing is proved of a volume whose member', () => {
  const rows: readonly (readonly [string, Scene])[] = [
    ['is silent', silent],
    ['serves, whatever its marks say', three.withVolume('demo-1', { markedClaimUid: 'before', memberId: 'a9' })],
    ['never started', three.withMember('demo-1', { published: false }).crashed('demo-1', 'empty-volume')],
    ['may still start on an empty volume', three.withConfig('demo-1', { state: 'joining' }).crashed('demo-1', 'empty-volume')],
    ['is being started on a new claim', ended('empty-volume', 0).withPod('demo-1', { etcd: { state: 'running', since: now } })],
    ['is adopted, with the marks of the cluster before', marked({ clusterUid: 'earlier', memberId: 'a9', markedClaimUid: 'before' })],
    ['has no marks yet', marked({ memberId: undefined, markedClaimUid: undefined, markedVolumeName: undefined })],
    ['ended once', afterLooks(ended('corrupt', 0))],
    ['ended once, however often it was looked at', afterLooks(ended('corrupt', 0), ended('corrupt', 0), ended('corrupt', 0))],
    [
      'ended once and runs again',
      afterLooks(ended('corrupt', 0), ended('corrupt', 1).withPod('demo-1', { etcd: { state: 'running', since: now } })),
    ],
    ['ended with another cause the second time', afterLooks(ended('corrupt', 0), ended('out-of-memory', 1))],
    ['served in between', afterLooks(ended('set-back', 0), three, ended('set-back', 1))],
    ['took part in raft for long in between', afterLooks(ended('set-back', 0), three.takingPart('demo-1'), ended('set-back', 1))],
    ['ended on another claim the second time', afterLooks(ended('corrupt', 0), onNewClaim(ended('corrupt', 1)))],
    ['got another claim since', onNewClaim(twice('corrupt'))],
    ['lacks a few entries without a leader', stoodStill(999)],
    ['is far behind, and a leader fills it', stoodStill(1000).takingPart('demo-1', { raftAppliedIndex: 10, revision: 10 })],
    ['has just started', afterLooks(alone(1000))],
    ['still replays its log', afterLooks(alone(3000), alone(2000).later(10_000))],
    ['has applied nothing since its start', afterLooks(alone(leaderIndex), alone(leaderIndex).later(10_000))],
    ['ended twice on data that its version can not read', withVersionThatRan(twice('corrupt'), '3.4.1')],
    ['ran out of memory twice', twice('out-of-memory')],
    ['found other data at a peer twice', twice('peers-differ')],
  ]

  test.each(rows)('%s', (_, view) => {
    expect(evidenceOf(view)).toBeUndefined()
  })
})
