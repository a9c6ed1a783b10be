import { expect, test } from 'vitest'
import { agentResources } from '../../../../src/objects/jobs/agent-resources.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'

type Resources = NonNullable<NonNullable<NonNullable<Parameters<typeof anEtcdCluster>[0]>['pod']>['resources']>

const of = (resources: Resources) => agentResources(anEtcdCluster({ pod: { resources } }).spec)

test('a Job of a cluster that is gone has requests and limits, so that a ResourceQuota takes it', () => {
  expect(agentResources(undefined)).toEqual({ requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '256Mi' } })
})

test('a Job asks for as much as a member', () => {
  const resources = { requests: { cpu: '2', memory: '8Gi' }, limits: { cpu: '4', memory: '8Gi' } }
  expect(of(resources)).toEqual(resources)
})

test('what the spec leaves open is filled in, within what it says', () => {
  expect(of({ requests: { cpu: '50m', memory: '8Gi' } })).toEqual({
    requests: { cpu: '50m', memory: '8Gi' },
    limits: { cpu: '1', memory: '8Gi' },
  })
  expect(of({ limits: { cpu: '50m' } })).toEqual({ requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: '50m', memory: '256Mi' } })
})
