import { expect, test } from 'vitest'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { authenticationEnabled } from '../../../../../src/plan/cluster/without-majority/authentication.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { aRestoredCluster, atMember } from '../../../../builders/a-restored-cluster.ts'
import { decides, inShort } from '../../../../builders/decides.ts'

const locked = aCluster().running().withAuthentication()

decides(authenticationEnabled, {
  'a cluster whose members ask for a user is told, whoever of them still answers': [locked, 'block AuthenticationEnabled'],
  'a cluster whose members are silent has another trouble': [aCluster().running().silent('demo-0').withoutMajority()],
  'a cluster whose majority answers has none': [aCluster().running()],
})

test('nothing else is said of such a cluster, and nothing is done to it', () => {
  expect(inShort(planCluster(locked))).toBe('block AuthenticationEnabled')
  expect(inShort(planCluster(locked.resized(5)))).toBe('block AuthenticationEnabled')
  expect(planCluster(locked)).toMatchObject({
    message: expect.stringMatching(/kubectl exec -it demo-0 -- etcdctl --user=root auth disable \(demo-0: .*user name is empty\)/),
  })
})

test('a cluster that begins with such data is told as well, instead of being waited for', () => {
  expect(inShort(planCluster(atMember(aRestoredCluster()).withAuthentication()))).toBe('block AuthenticationEnabled')
  const adopted = aCluster().starting().withAnswer('demo-0').withAuthentication()
  expect(inShort(planCluster(adopted))).toBe('block AuthenticationEnabled')
})
