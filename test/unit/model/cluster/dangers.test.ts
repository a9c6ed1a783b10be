import { describe, expect, test } from 'vitest'
import { dangerOf } from '../../../../src/model/cluster/dangers.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const going = (scene: Scene, ...names: readonly string[]) => names.reduce((view, name) => view.withVolume(name, { deleting: true }), scene)
const corrupt = (memberId: string) => three.withAnswer('demo-0', { alarms: [{ alarm: 'CORRUPT', memberId }] })

describe('the data of a cluster is in danger', () => {
  const rows: readonly (readonly [string, Scene, string | undefined])[] = [
    ['not at rest', three, undefined],
    ['when somebody deletes the claim of a voter', going(three, 'demo-1'), 'VolumeBeingDeleted'],
    ['when somebody deletes all claims', going(three, 'demo-0', 'demo-1', 'demo-2'), 'VolumeBeingDeleted'],
    ['when the voter is silent as well', going(three, 'demo-1').silent('demo-1'), 'VolumeBeingDeleted'],
    ['when no majority answers', going(three, 'demo-1').withoutMajority(), 'VolumeBeingDeleted'],
    [
      'while nobody knows the members, by what stands on the claim',
      going(three, 'demo-1').withoutMajority().silent('demo-1'),
      'VolumeBeingDeleted',
    ],
    ['when the claim of the only member is deleted', going(aCluster({ size: 1 }).running(), 'demo-0'), 'VolumeBeingDeleted'],
    ['when it is paused', going(three.paused(), 'demo-1'), 'VolumeBeingDeleted'],
    ['not by the claim of a member that is to leave', going(three.resized(1), 'demo-1', 'demo-2'), undefined],
    ['by the claim of the one that stays', going(three.resized(1), 'demo-0'), 'VolumeBeingDeleted'],
    ['not by the claim of a member that left', going(three.withVolume('demo-3', { memberId: 'dead' }), 'demo-3'), undefined],
    ['not by the claim of a learner: it joins again', going(aCluster({ size: 5 }).running(3).withLearner('demo-3'), 'demo-3'), undefined],
    ['no more when the pod is ending: then the volume is lost', going(three, 'demo-1').withPod('demo-1', { endsBy: 1 }), undefined],
    ['no more when the pod is gone', going(three, 'demo-1').withoutPod('demo-1'), undefined],
    ['not when the EtcdCluster is deleted, and its volumes with it', going(three, 'demo-1').deleted(), undefined],
    ['not before the cluster is formed', going(aCluster().starting(), 'demo-1'), undefined],
    ['when a member says that data differs', corrupt('a2'), 'DataCorrupt'],
    ['by data that differs more than by a claim', going(corrupt('a2'), 'demo-1'), 'DataCorrupt'],
    ['not by a full database', three.withAnswer('demo-0', { alarms: [{ alarm: 'NOSPACE', memberId: 'a0' }] }), undefined],
  ]
  test.each(rows)('%s', (_, view, reason) => {
    expect(dangerOf(view)?.reason).toBe(reason)
  })
})

describe('the way out', () => {
  test('of a claim that is deleted is a backup, no restart, and another member', () => {
    expect(dangerOf(going(three, 'demo-1'))?.message).toBe(
      'somebody deleted PersistentVolumeClaim data-demo-1 of demo-1: the data goes as soon as the pod ends. Back up now, and restart neither pod nor node. To replace demo-1 by a member with a new volume, put a1 into spec.repair.replaceMembers',
    )
  })

  test('of several is their exchange, which is one after the other', () => {
    expect(dangerOf(going(three, 'demo-0', 'demo-2'))?.message).toMatch(
      /data-demo-0 of demo-0, data-demo-2 of demo-2.*To replace demo-0 and demo-2 by members with new volumes, put a0 and a2 into spec.repair.replaceMembers$/,
    )
  })

  test('names the member as etcd lists it, where its claim is marked with another', () => {
    expect(dangerOf(three.withVolume('demo-1', { deleting: true, memberId: 'beef' }))?.message).toMatch(/put a1 into/)
  })

  test('of those that are exchanged already is to wait', () => {
    const asked = aCluster({ repair: { replaceMembers: ['a0'] } }).running()
    expect(dangerOf(going(asked, 'demo-0'))?.message).toMatch(/The operator exchanges it by way of a spare/)
    expect(dangerOf(going(asked, 'demo-0', 'demo-2'))?.message).toMatch(/put a2 into spec.repair.replaceMembers$/)
  })

  test('of a spare is the end of the exchange', () => {
    const spared = aCluster({ repair: { replaceMembers: ['a0'] } })
      .running()
      .withVoter('demo-3')
    expect(dangerOf(going(spared, 'demo-3'))?.message).toMatch(/the spare of an exchange, .*: empty spec.repair.replaceMembers/)
    expect(dangerOf(going(spared.withSpec({ repair: { automatic: true, nodeLossAfter: '5m' } }), 'demo-3'))).toBeUndefined()
  })

  test('of the only member is more members first', () => {
    expect(dangerOf(going(aCluster({ size: 1 }).running(), 'demo-0'))?.message).toMatch(
      /raise spec.size to 3 and wait until all members are ready; then put a0 into spec.repair.replaceMembers/,
    )
  })

  test('of data that differs names who is accused, and the hashes; it is a person’s where no majority agrees', () => {
    const message = (scene: Scene) => dangerOf(scene)?.message
    expect(message(corrupt('a2'))).toMatch(/names member demo-2 \(a2\), and every write is refused. No majority .* nothing says/)
    expect(message(corrupt('beef'))).toMatch(/names member beef,/)
    expect(message(corrupt('0'))).toMatch(/names no member by its ID,/)
    expect(message(three.compared({ 'demo-0': 1, 'demo-1': 2, 'demo-2': 3 }))).toMatch(
      /No majority of all voters tells which data is right: at revision 812 demo-0 has hash 00000001, demo-1 has .* etcdctl member remove/,
    )
  })

  test('of the CORRUPT alarm of a single member is not to remove it: there is none to compare it with', () => {
    const message = dangerOf(aCluster({ size: 1 }).running().alarmed('0'))?.message
    expect(message).toMatch(
      /no other voter.*if its data is right, run kubectl exec demo-0 -- etcdctl alarm disarm; otherwise restore a backup into a new EtcdCluster$/,
    )
    expect(message).not.toContain('member remove')
  })

  test('of data that differs is the operator’s where a majority agrees', () => {
    const wrong = three.alarmed('a0').compared({ 'demo-0': 1, 'demo-1': 1, 'demo-2': 2 })
    expect(dangerOf(wrong)).toMatchObject({
      isHandled: true,
      message: expect.stringMatching(
        /demo-2 holds wrong data: at revision 812 demo-0 and demo-1 have hash 00000001, demo-2 has hash 00000002/,
      ),
    })
    expect(dangerOf(wrong.paused())?.isHandled).toBe(false)
    expect(dangerOf(wrong.withoutMajority())?.isHandled).toBe(false)
  })
})
