import { describe, expect, test } from 'vitest'
import { podTemplate } from '../../../../../src/objects/cluster/stateful-set.ts'
import { invalidSpec } from '../../../../../src/plan/cluster/change/invalid-spec.ts'
import { reportOtherVersion } from '../../../../../src/plan/cluster/change/other-version.ts'
import { roll } from '../../../../../src/plan/cluster/change/roll.ts'
import { aCluster, anEtcdCluster, type Scene, type SpecWish } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const running = aCluster().running()

/** Somebody has set the StatefulSet's image, and all pods were created from it since. */
function edited(image: string): Scene {
  const pods = running.pods.map((pod) => ({ ...pod, image }))
  return running.with({ pods }).withStatefulSet({ podTemplate: podTemplate(anEtcdCluster({ version: '3.6.17' })) })
}

describe('invalidSpec', () => {
  decides(invalidSpec, {
    'blocks a size that can not be': [running.resized(2), 'block InvalidSpec'],
    'blocks a flag that the operator owns': [
      running.withSpec({ etcd: { ...running.cluster.spec.etcd, extraArgs: { 'data-dir': '/tmp' } } }),
      'block InvalidSpec',
    ],
    'is content with a sound spec': [running],
  })
})

describe('roll', () => {
  decides(roll, {
    'says that a new version is not rolled out yet': [running.withSpec({ version: '3.6.17' }), 'block RollNotSupportedYet'],
    'says so of new pod settings': [
      running.withSpec({ pod: { ...running.cluster.spec.pod, priorityClassName: 'high' } }),
      'block RollNotSupportedYet',
    ],
    'takes up what all members run already': [
      edited('gcr.io/etcd-development/etcd:v3.6.17').withSpec({ version: '3.6.17' }),
      'UpdateTemplate',
    ],
    'takes it up where the StatefulSet was written back meanwhile': [
      edited('gcr.io/etcd-development/etcd:v3.6.17')
        .withStatefulSet({ podTemplate: podTemplate(running.cluster) })
        .withSpec({ version: '3.6.17' }),
      'UpdateTemplate',
    ],
    'does not, while one runs something else': [
      edited('gcr.io/etcd-development/etcd:v3.6.17')
        .withPod('demo-1', { image: 'other:v3.6.16' })
        .withStatefulSet({ podTemplate: podTemplate(running.cluster) })
        .withSpec({ version: '3.6.17' }),
      'block RollNotSupportedYet',
    ],
    'is content with another size': [running.resized(5)],
    'is content with another policy for volumes': [
      running.withSpec({ storage: { ...running.cluster.spec.storage, scaleDownPolicy: 'Retain' } }),
    ],
    'has nothing to compare without a StatefulSet': [running.withSpec({ version: '3.6.17' }).with({ statefulSet: { state: 'absent' } })],
  })
})

describe('a change that needs a roll is told by field, what runs and what is asked for:', () => {
  const { spec } = running.cluster
  const said = (view: Scene) => roll(view)?.kind === 'block' && roll(view)
  test.each<[string, SpecWish, string]>([
    ['the version', { version: '3.6.17' }, 'spec.version asks for 3.6.17, and the members run with 3.6.16'],
    ['the image', { image: { ...spec.image, repository: 'mirror/etcd' } }, 'spec.image asks for mirror/etcd:v3.6.16'],
    [
      'a setting of etcd',
      { etcd: { ...spec.etcd, heartbeatInterval: '200ms' } },
      'spec.etcd.heartbeatInterval asks for 200, and the members run with 100',
    ],
    ['an argument', { etcd: { ...spec.etcd, extraArgs: { 'max-txn-ops': '200' } } }, 'spec.etcd.extraArgs.max-txn-ops asks for'],
    ['a label', { pod: { ...spec.pod, labels: { team: 'a' } } }, 'spec.pod.labels.team asks for a, and the members run with nothing'],
    [
      'a request',
      { pod: { ...spec.pod, resources: { requests: { cpu: '1', memory: '128Mi' } } } },
      'spec.pod.resources.requests.cpu asks for 1',
    ],
    ['a class', { pod: { ...spec.pod, priorityClassName: 'high' } }, 'spec.pod.priorityClassName asks for high'],
  ])('%s', (_, changes, expected) => {
    expect(said(running.withSpec(changes))).toMatchObject({ message: expect.stringContaining(expected) })
  })

  test('an argument that was taken out again, which nothing in the spec names any more', () => {
    const { etcd } = spec
    const gates = { 'feature-gates': 'StopGRPCServiceOnDefrag=true' }
    const started = aCluster({ etcd: { extraArgs: { 'max-txn-ops': '200', ...gates } } }).running()
    expect(said(started.withSpec({ etcd: { ...etcd, extraArgs: gates } }))).toMatchObject({
      message: expect.stringContaining('spec.etcd.extraArgs.max-txn-ops asks for nothing, and the members run with 200'),
    })
    expect(said(started.withSpec({ etcd: { ...etcd, extraArgs: { 'max-txn-ops': '200' } } }))).toMatchObject({
      message: expect.stringContaining('spec.etcd.extraArgs.feature-gates asks for'),
    })
  })

  test('and whether scaling waits for it', () => {
    expect(said(running.withSpec({ version: '3.6.17', size: 5 }))).toMatchObject({
      message: expect.stringContaining('nor of spec.size, which asks for 5 members where there are 3'),
    })
    expect(said(running.withSpec({ version: '3.6.17' }))).toMatchObject({ message: expect.not.stringContaining('spec.size') })
    const repair = { automatic: true, nodeLossAfter: '5m', replaceMembers: ['a1'] }
    expect(said(running.withSpec({ version: '3.6.17', repair }))).toMatchObject({
      message: expect.stringContaining('nor of spec.repair.replaceMembers'),
    })
  })
})

describe('reportOtherVersion', () => {
  decides(reportOtherVersion, {
    'names a member that runs another version': [running.withAnswer('demo-1', { version: '3.6.11' }), 'block OtherVersionRuns demo-1'],
    'names one whose pod has another image': [running.withPod('demo-2', { image: 'other/etcd:v3.6.11' }), 'block OtherVersionRuns demo-2'],
    'is content with a registry that a webhook prefers': [running.withPod('demo-2', { image: 'mirror/etcd:v3.6.16' })],
    'is content with a digest that a webhook writes': [running.withPod('demo-2', { image: 'mirror/etcd@sha256:abc' })],
    'is content with what the spec asks for': [running],
  })

  test('does not send back what can not go back', () => {
    expect(reportOtherVersion(running.withAnswer('demo-1', { version: '3.7.3' }))).toMatchObject({
      message: expect.stringContaining('set spec.version to 3.7.3'),
    })
  })
})
