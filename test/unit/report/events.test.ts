import { describe, expect, test } from 'vitest'
import { blockEvent, longStepEvent, stepEvent } from '../../../src/report/events.ts'
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

describe('a step of minutes is told when it has ended', () => {
  const mebi = 2 ** 20
  const ended = {
    do: 'Defragment',
    member: 'demo-1',
    id: 'a1',
    revision: undefined,
    startedAt: 0,
    deadlineMs: 1,
    bytesBefore: 113 * mebi,
    endedAt: 950,
    endedMs: 0,
    after: { bytes: 57 * mebi, bytesInUse: 56 * mebi },
    failure: undefined,
  } as const

  test.each([
    [ended, { type: 'Normal', reason: 'Defragmented', note: 'demo-1 was defragmented: its database file went from 113Mi to 57Mi (0.9 s)' }],
    [
      { ...ended, after: undefined },
      { type: 'Normal', reason: 'Defragmented', note: 'demo-1 was defragmented (0.9 s)' },
    ],
    [
      { ...ended, failure: 'no space left on device' },
      { type: 'Warning', reason: 'DefragmentationFailed', note: 'demo-1 could not be defragmented: no space left on device (0.9 s)' },
    ],
    [
      { ...ended, do: 'Compact', revision: 400 } as const,
      { type: 'Normal', reason: 'FreeingSpace', note: 'demo-1 has no revisions before 400 any more: 56Mi of 57Mi are in use (0.9 s)' },
    ],
    [
      { ...ended, do: 'Compact', failure: 'timeout' } as const,
      { type: 'Warning', reason: 'FreeingSpace', note: 'demo-1 could not remove old revisions: timeout (0.9 s)' },
    ],
  ])('with what it has won, or why it failed', (step, event) => {
    expect(longStepEvent(cluster, step)).toMatchObject({ ...event, action: step.do, object })
  })
})
