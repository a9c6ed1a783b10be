import { expect, test } from 'vitest'
import { openAudit, operatorUser } from './audit.ts'
import { isLong, testCluster } from './harness.ts'
import { grantedRights, right } from './roles.ts'

/** Asked for by an admission plugin that only some clusters have. */
const withoutRequests = ['etcdclusters', 'etcdbackups', 'etcdrestores', 'etcdusers'].map(
  (kind) => `update etcd-operator.dev/${kind}/finalizers`,
)

// Only the long tests have a cert-manager. vitest.config.ts runs this file last, when the operator has done all that it can do.
test('the operator uses every right that it was given, and never asks for another', ({ skip }) => {
  const k8s = testCluster()
  if (k8s.info.auditLog === undefined) skip('this cluster has no audit log that can be read')
  const requests = openAudit(k8s, operatorUser, { fromStart: true }).requests()
  const used = new Set(requests.map((one) => right(one.verb, one.group, one.resource, one.subresource)))
  const granted = grantedRights()
  const isLeftOut = (one: string) => withoutRequests.includes(one) || (!isLong && one.includes(' cert-manager.io/'))
  expect([...granted].filter((one) => !used.has(one) && !isLeftOut(one))).toEqual([])
  expect([...used].filter((one) => !granted.has(one))).toEqual([])
})
