import { describe, expect, test } from 'vitest'
import { planCluster } from '../../../src/plan/cluster/policy.ts'
import { step } from '../../../src/plan/cluster/step.ts'
import { exploreDeletion, type Plan } from './explore.ts'
import { type Act, aWorld, type Policy, type World } from './world.ts'

const rows: readonly (readonly [string, Policy, readonly Act[], Partial<World>])[] = [
  ['with Retain', 'Retain', ['delete'], {}],
  ['with Delete', 'Delete', ['delete'], {}],
  ['with a policy that becomes Retain at any moment before', 'Delete', ['Retain', 'delete'], {}],
  ['with a policy that becomes Delete at any moment before', 'Retain', ['Delete', 'delete'], {}],
  ['with a policy that changes twice', 'Delete', ['Retain', 'Delete', 'delete'], {}],
  ['with a policy that becomes Retain afterwards', 'Delete', ['delete', 'Retain'], {}],
  ['with Retain while it is paused', 'Delete', ['Retain', 'delete'], { isPaused: true }],
  ['with Delete while it is paused', 'Delete', ['delete'], { isPaused: true }],
  ['with --cascade=orphan and Retain', 'Retain', ['delete, orphaning'], {}],
  ['with --cascade=orphan and Delete', 'Delete', ['delete, orphaning'], {}],
  ['and let go of by hand', 'Delete', ['delete', 'remove the finalizer'], {}],
  ['and the operator may not delete claims', 'Delete', ['delete'], { right: 'withheld' }],
  ['and a person deletes the claims that the operator may not delete', 'Delete', ['delete', 'delete the claims'], { right: 'withheld' }],
  ['with claims that an earlier version gave to it, and Retain', 'Retain', ['delete'], { claims: ownedClaims() }],
  ['with claims that an earlier version gave to it, and Delete', 'Delete', ['delete'], { claims: ownedClaims() }],
]

describe('an EtcdCluster is deleted', () => {
  test.each(rows)('%s: no claim goes that was to stay, and the deletion ends', (_, policy, acts, changes) => {
    expect(exploreDeletion([aWorld(policy, acts, changes)]).states).toBeGreaterThan(3)
  })
})

describe('a plan that is wrong on purpose is found out:', () => {
  test('one that deletes whatever lies there', () => {
    const plan: Plan = (view) => {
      const volume = view.volumes.find(({ deleting }) => !deleting)
      const deletes = view.cluster.metadata.deletionTimestamp !== undefined && volume !== undefined
      const { member = '', name = '', uid = '' } = volume ?? {}
      return deletes ? step('Deleting', 'all', { do: 'DeleteVolume', member, volume: name, uid }) : planCluster(view)
    }
    expect(() => exploreDeletion([aWorld('Delete', ['delete'])], plan)).toThrow(/data-demo-2 is deleted, and was to stay/)
    expect(() => exploreDeletion([aWorld('Retain', ['delete'])], plan)).toThrow(/is deleted, and was to stay/)
  })

  test('one that waits for members', () => {
    const plan: Plan = (view) =>
      view.membership.known ? planCluster(view) : { kind: 'wait', reason: 'NoContact', message: 'no member answers', recheckMs: 1000 }
    expect(() => exploreDeletion([aWorld('Delete', ['delete'])], plan)).toThrow(/the EtcdCluster is still there/)
  })
})

function ownedClaims(): World['claims'] {
  return aWorld('Retain', []).claims.map((claim) => claim && { ...claim, owned: !claim.isEarlier })
}
