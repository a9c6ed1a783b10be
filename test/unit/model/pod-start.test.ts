import { describe, expect, test } from 'vitest'
import { creationTrouble, isQuotaRefusal, type PodReport, startTrouble } from '../../../src/model/pod-start.ts'
import { aPodReport } from '../../builders/a-pod-report.ts'

describe('a pod that does not run', () => {
  test.each<[string, Partial<PodReport>, string, RegExp]>([
    ['because no node fits', { unschedulable: '3 Insufficient cpu.' }, 'Unschedulable', /^x fits on no node: 3 Insufficient cpu\.$/],
    [
      'because its claim is not bound',
      { unschedulable: 'pod has unbound immediate PersistentVolumeClaims' },
      'VolumePending',
      /^x waits for its volume/,
    ],
    [
      'because its claim is being deleted',
      { unschedulable: 'persistentvolumeclaim "b" is being deleted' },
      'VolumePending',
      /is being deleted$/,
    ],
    [
      'because its image is missing',
      { waiting: { reason: 'ErrImagePull', message: 'not found' } },
      'ImagePullFailed',
      /its image: not found$/,
    ],
    [
      'because its container is refused',
      { waiting: { reason: 'CreateContainerError', message: '' } },
      'PodRejected',
      /created: CreateContainerError$/,
    ],
    [
      'because its volume is on another node',
      { warning: { reason: 'FailedAttachVolume', message: 'Multi-Attach' } },
      'VolumePending',
      /Multi-Attach$/,
    ],
    [
      'because its volume can not be mounted',
      { warning: { reason: 'FailedMount', message: 'no such device' } },
      'VolumePending',
      /no such device$/,
    ],
    [
      'because its node has no network',
      { warning: { reason: 'FailedCreatePodSandBox', message: 'cni' } },
      'PodRejected',
      /sandbox can't be created: cni$/,
    ],
    [
      'and does not end either',
      { overdueMs: 60_000, node: 'n2' },
      'PodTerminating',
      /^pod pod-1 on node n2 was deleted and is still terminating/,
    ],
  ])('%s', (_, changes, reason, message) => {
    expect(startTrouble(aPodReport(changes), 'x')).toEqual({ reason, message: expect.stringMatching(message) })
  })

  test.each<[string, Partial<PodReport>]>([
    ['whose containers are being created', { waiting: { reason: 'ContainerCreating', message: '' } }],
    ['that has just been told to end', { overdueMs: 59_000 }],
    ['with a warning that tells nothing of its start', { warning: { reason: 'Unhealthy', message: 'probe failed' } }],
  ])('is in no trouble: one %s', (_, changes) => {
    expect(startTrouble(aPodReport(changes), 'x')).toBeUndefined()
  })
})

test('whoever refuses a pod is told apart by the words of the API server', () => {
  for (const words of [
    'exceeded quota: few',
    'failed quota: few: must specify limits.cpu',
    'maximum cpu usage per Container is 1',
    'LimitRange',
  ])
    expect(isQuotaRefusal(words)).toBe(true)
  expect(creationTrouble('exceeded quota: few', 'demo-1')).toEqual({
    reason: 'QuotaExceeded',
    message: "demo-1 can't be created: exceeded quota: few",
  })
  expect(creationTrouble('denied the request', 'demo-1')).toMatchObject({ reason: 'PodRejected' })
})
