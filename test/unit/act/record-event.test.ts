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
      type: 'Warning',
      reason: 'InvalidSpec',
      note: 'spec.size is 4',
      eventTime: '2026-11-21T10:00:00.000000Z',
      reportingController: 'etcd-operator.dev',
      reportingInstance: 'etcd-operator-1',
    }),
  ])
})
