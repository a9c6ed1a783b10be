import { describe, expect, test } from 'vitest'
import { isVolumeConflict } from '../../../../src/model/cluster/volume-conflict.ts'

const all = (list: string) =>
  `demo-0 fits on no node: 0/3 nodes are available: ${list}. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.; correct spec.pod`

describe('the volumes meet nowhere', () => {
  test.each([
    "3 node(s) didn't match PersistentVolume's node affinity",
    '3 node(s) had volume node affinity conflict',
    "1 node(s) didn't match Pod's node affinity/selector, 2 node(s) didn't match PersistentVolume's node affinity",
    "node(s) didn't satisfy plugin(s) [NodeAffinity VolumeBinding] simultaneously",
    "node(s) didn't satisfy plugin VolumeBinding",
    '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) had volume node affinity conflict',
  ])('%s', (list) => {
    expect(isVolumeConflict(all(list))).toBe(true)
  })

  test('at the end of the message', () => {
    expect(isVolumeConflict("0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity.")).toBe(true)
  })
})

describe('a node may serve later', () => {
  test.each([
    "1 Insufficient cpu, 2 node(s) didn't match PersistentVolume's node affinity",
    "1 node(s) were unschedulable, 2 node(s) didn't match PersistentVolume's node affinity",
    "1 node(s) had untolerated taint(s), 2 node(s) didn't match PersistentVolume's node affinity",
    '1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 2 node(s) had volume node affinity conflict',
    "3 node(s) didn't match Pod's node affinity/selector",
    "node(s) didn't satisfy plugin NodeAffinity",
    '3 Insufficient memory',
  ])('%s', (list) => {
    expect(isVolumeConflict(all(list))).toBe(false)
  })

  test('when nothing is said of nodes', () => {
    expect(isVolumeConflict("waits: didn't match PersistentVolume's node affinity")).toBe(false)
  })
})
