import { expect, test } from 'vitest'
import { readClaim } from '../../../../src/observe/jobs/claim.ts'
import { fakeKube } from '../../act/fake-kube.ts'

const { signal } = new AbortController()
const metadata = { name: 'backups', namespace: 'ns', uid: 'u', resourceVersion: '1' }

test.each([
  ['a claim that is not there', {}, { state: 'absent' }],
  ['one that is going', claim({ accessModes: ['ReadWriteMany'] }, { deletionTimestamp: '2026-11-21T10:00:00Z' }), { state: 'deleting' }],
  ['one without a file system', claim({ volumeMode: 'Block' }), { state: 'block' }],
  ['one that many nodes mount', claim({ accessModes: ['ReadWriteMany'] }), { state: 'present', oneNode: false, node: undefined }],
  [
    'the volume of a member',
    claim({ accessModes: ['ReadWriteOnce'] }, { labels: { 'etcd-operator.dev/cluster': 'demo' } }),
    { state: 'present', oneNode: true, node: undefined, memberOf: 'demo' },
  ],
])('%s', async (_, stored, facts) => {
  expect(await readClaim(fakeKube(stored).kube, 'ns', 'backups', signal)).toEqual(facts)
})

function claim(spec: object, more: object = {}) {
  return { 'persistentvolumeclaims/backups': { metadata: { ...metadata, ...more }, spec } }
}
