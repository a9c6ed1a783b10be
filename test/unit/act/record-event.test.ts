import { expect, test } from 'vitest'
import { writeEvent } from '../../../src/act/record-event.ts'
import { blockEvent } from '../../../src/report/events.ts'
import { anEtcdCluster, now } from '../../builders/a-cluster.ts'
import { fakeKube } from './fake-kube.ts'

test('an event says who wrote it and when', async () => {
  const { kube, objects } = fakeKube()
  const event = blockEvent(anEtcdCluster(), { kind: 'block', reason: 'InvalidSpec', message: 'spec.size is 4' })
  await writeEvent(kube, event, { identity: 'etcd-operator-1', now })
  expect([...objects.values()]).toEqual([
    expect.objectContaining({
      involvedObject: expect.objectContaining({ kind: 'EtcdCluster', name: 'demo', namespace: 'ns' }),
      type: 'Warning',
      reason: 'InvalidSpec',
      message: 'spec.size is 4',
      eventTime: '2026-11-21T10:00:00.000000Z',
      reportingComponent: 'etcd-operator.dev',
      reportingInstance: 'etcd-operator-1',
    }),
  ])
})

test('events of an object are in order for kubectl describe: by their last time, and within a second by their names', async () => {
  const { kube, objects } = fakeKube()
  const times = [now, now, now + 1, now + 2_500, now + 2_500, now + 60_000]
  for (const [i, at] of times.entries()) {
    const event = blockEvent(anEtcdCluster(), { kind: 'block', reason: 'InvalidSpec', message: `the ${i}th` })
    await writeEvent(kube, event, { identity: 'etcd-operator-1', now: at })
  }
  const written = [...objects.values()] as unknown as {
    metadata: { name: string }
    message: string
    firstTimestamp: string
    lastTimestamp: string
    count: number
  }[]
  const asListed = written.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const asDescribed = asListed.toSorted((a, b) => Date.parse(a.lastTimestamp) - Date.parse(b.lastTimestamp))
  expect(asDescribed.map(({ message }) => message)).toEqual(['the 0th', 'the 1th', 'the 2th', 'the 3th', 'the 4th', 'the 5th'])
  expect(asDescribed[3]).toMatchObject({ firstTimestamp: '2026-11-21T10:00:02Z', lastTimestamp: '2026-11-21T10:00:02Z', count: 1 })
  expect(asDescribed[0]?.metadata.name).toMatch(/^demo\.[0-9a-f]{16}$/)
})
