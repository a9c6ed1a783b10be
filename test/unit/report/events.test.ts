import { describe, expect, test } from 'vitest'
import { blockEvent, stepEvent } from '../../../src/report/events.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'

const cluster = anEtcdCluster()
const step = {
  kind: 'step',
  step: { do: 'AddLearner', member: 'demo-3', peerUrl: 'http://demo-3.demo-peers.ns.svc:2380' },
  reason: 'ScalingUp',
  message: 'adding demo-3',
} as const
const stop = { kind: 'block', reason: 'InvalidSpec', message: 'spec.size is 4; it must be 1, 3, 5 or 7' } as const
const object = {
  apiVersion: 'etcd-operator.dev/v1alpha1',
  kind: 'EtcdCluster',
  name: 'demo',
  namespace: 'ns',
  uid: 'uid-demo',
  resourceVersion: '1',
}

test('a step that was carried out is told with its duration', () => {
  expect(stepEvent(cluster, step, 1234)).toEqual({
    type: 'Normal',
    reason: 'ScalingUp',
    action: 'AddLearner',
    note: 'adding demo-3 (1.2 s)',
    object,
  })
})

test('a stop is a warning', () => {
  expect(blockEvent(cluster, stop)).toEqual({
    type: 'Warning',
    reason: 'InvalidSpec',
    action: 'Block',
    note: 'spec.size is 4; it must be 1, 3, 5 or 7',
    object,
  })
})

/** The API server counts bytes (NoteLengthLimit in its validation of events). */
const bytesOf = (text: string) => new TextEncoder().encode(text).length

describe('a note fits into an Event', () => {
  test.each([
    ['of plain letters', 'x'],
    ['of letters that take two bytes', 'é'],
    ['of signs that take four', '🙂'],
  ])('%s', (_, letter) => {
    const { note } = blockEvent(cluster, { ...stop, message: letter.repeat(2000) })
    expect(bytesOf(note)).toBeLessThanOrEqual(1024)
  })
})
