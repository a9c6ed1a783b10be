import { describe, expect, test } from 'vitest'
import { desiredObjects } from '../../../../src/objects/cluster/desired.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const inShort = (view: Scene) => desiredObjects(view).map(({ kind, metadata }) => `${kind} ${metadata.name}`)
const beforeMembers = ['Service demo-peers', 'Service demo', 'PodDisruptionBudget demo', 'NetworkPolicy demo']

describe('what may be applied on every pass', () => {
  const rows: readonly (readonly [string, Scene, readonly string[]])[] = [
    ['is nothing before the beginning is frozen', aCluster(), []],
    ['are the names, before any member', aCluster().frozen(), beforeMembers],
    ['is all of it with the members', aCluster().running(), [...beforeMembers, 'StatefulSet demo', 'ConfigMap demo-members']],
    ['is there again when the status was lost', aCluster().withStatefulSet({ clusterId: 'c1' }), [...beforeMembers, 'StatefulSet demo']],
    [
      'creates no StatefulSet and no ConfigMap: those are steps',
      aCluster()
        .running()
        .with({ statefulSet: { state: 'absent' }, config: { state: 'absent' } }),
      beforeMembers,
    ],
    [
      'is no NetworkPolicy where none is wanted',
      aCluster({ networkPolicy: { enabled: false } }).frozen(),
      beforeMembers.filter((one) => !one.startsWith('NetworkPolicy')),
    ],
    [
      'touches no StatefulSet of somebody else',
      aCluster()
        .running()
        .with({ statefulSet: { state: 'foreign', uid: 'x' } }),
      [...beforeMembers, 'ConfigMap demo-members'],
    ],
  ]

  test.each(rows)('%s', (_, view, expected) => {
    expect(inShort(view)).toEqual(expected)
  })

  const all = desiredObjects(aCluster().running())

  test('restarts nothing: of the StatefulSet’s template only a label is asserted, and nothing of the ConfigMap’s data', () => {
    const [set, configMap] = [all.find(({ kind }) => kind === 'StatefulSet'), all.find(({ kind }) => kind === 'ConfigMap')]
    expect(set?.spec).toEqual({ template: { metadata: { labels: { 'etcd-operator.dev/serving': 'true' } } } })
    expect(Object.keys(configMap ?? {}).toSorted()).toEqual(['apiVersion', 'kind', 'metadata'])
  })

  test('goes with its EtcdCluster, and carries its label', () => {
    for (const { metadata } of all) {
      expect(metadata.ownerReferences).toEqual([expect.objectContaining({ kind: 'EtcdCluster', uid: 'uid-demo', controller: true })])
      expect(metadata.labels).toMatchObject({ 'etcd-operator.dev/cluster': 'demo', 'app.kubernetes.io/managed-by': 'etcd-operator' })
      expect(metadata.namespace).toBe('ns')
    }
  })
})

describe('the client Service', () => {
  const serviceOf = (view: Scene) => desiredObjects(view).find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'demo')

  test('selects nobody before the cluster is pinned', () => {
    expect(serviceOf(aCluster().starting())?.spec).not.toHaveProperty('selector')
  })

  test('selects the pods that serve from then on', () => {
    expect(serviceOf(aCluster().running())?.spec).toMatchObject({
      selector: { 'etcd-operator.dev/cluster': 'demo', 'etcd-operator.dev/serving': 'true' },
    })
  })
})
