import { expect, test } from 'vitest'
import { needsRestartForResize } from '../../../../src/model/cluster/volume-resize.ts'
import { aCluster } from '../../../builders/a-cluster.ts'

const running = aCluster().running()
const pending = (agoMs: number) =>
  running.withVolume('demo-1', { resize: { state: 'file-system', since: running.now - agoMs, message: '' } })
const old = { createdAt: running.now - 3_600_000 }

test.each([
  ['a file system that has waited while its pod ran', pending(180_000).withPod('demo-1', old), true],
  ['not one that the kubelet may be expanding', pending(30_000).withPod('demo-1', old), false],
  ['not for a pod that was restarted since', pending(180_000).withPod('demo-1', { createdAt: running.now - 60_000 }), false],
  ['not for a pod that ends anyway', pending(180_000).withPod('demo-1', { ...old, endsBy: running.now }), false],
  [
    'not while the volume itself is expanded',
    running.withVolume('demo-1', { resize: { state: 'resizing', since: 0, message: '' } }),
    false,
  ],
  ['not where nothing is asked for', running, false],
  [
    'not where it is not known since when',
    running.withVolume('demo-1', { resize: { state: 'file-system', since: undefined, message: '' } }),
    false,
  ],
] as const)('a restart expands %s', (_case, view, needs) => {
  expect(needsRestartForResize(view, 'demo-1')).toBe(needs)
})
