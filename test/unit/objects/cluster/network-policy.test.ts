import { describe, expect, test } from 'vitest'
import { letsInTheSame, networkPolicy } from '../../../../src/objects/cluster/network-policy.ts'
import { anEtcdCluster, type SpecWish } from '../../../builders/a-cluster.ts'

type Wish = SpecWish['networkPolicy']

const members = { podSelector: { matchLabels: { 'etcd-operator.dev/cluster': 'demo' } } }
const operator = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'operators' } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'etcd-operator' } },
}
const jobs = { podSelector: { matchExpressions: [{ key: 'etcd-operator.dev/agent', operator: 'Exists' }] } }
const app = { podSelector: { matchLabels: { app: 'billing' } } }

const policy = (networkPolicyWish: Wish = {}) => networkPolicy(anEtcdCluster({ networkPolicy: networkPolicyWish }), 'operators')
const rules = (wish?: Wish) => (policy(wish).spec as { ingress: readonly { from?: readonly object[]; ports: readonly object[] }[] }).ingress

/** Who may open a connection to this port. */
function callersOf(port: number, wish?: Wish): unknown {
  const rule = rules(wish).find(({ ports }) => (ports[0] as { port: number }).port === port)
  return rule === undefined ? 'nobody' : (rule.from ?? 'everybody')
}

describe('a cluster’s NetworkPolicy', () => {
  test('is about its members, and about who comes in', () => {
    expect(policy().spec).toMatchObject({ podSelector: members.podSelector, policyTypes: ['Ingress'] })
    expect(rules()).toHaveLength(3)
  })

  test.each<[string, number, Wish, unknown]>([
    ['the peer port takes members, and the operator that looks at its certificate', 2380, {}, [members, operator]],
    ['and nobody of the lists', 2380, { clients: [app], metrics: [app] }, [members, operator]],
    ['the client port takes everybody', 2379, {}, 'everybody'],
    ['until somebody is named', 2379, { clients: [app] }, [members, operator, jobs, app]],
    ['whoever may read metrics', 2379, { metrics: [app] }, 'everybody'],
    ['the metrics port takes everybody', 2381, { clients: [app] }, 'everybody'],
    ['until somebody is named, and no Job', 2381, { metrics: [app] }, [members, operator, app]],
  ])('%s', (_, port, wish, expected) => {
    expect(callersOf(port, wish)).toEqual(expected)
  })

  test('never holds a list without an entry, which Kubernetes reads as everybody', () => {
    for (const wish of [{}, { clients: [app] }, { metrics: [app] }])
      for (const { from } of rules(wish)) expect(from?.length ?? 1).toBeGreaterThan(0)
  })

  test('has peers as the API server stores them: without what is empty, but for a selector, which takes all', () => {
    const peer = { podSelector: { matchLabels: {}, matchExpressions: [] }, namespaceSelector: {} }
    expect(callersOf(2379, { clients: [peer] })).toContainEqual({ podSelector: {}, namespaceSelector: {} })
  })
})

describe('a stored policy lets in the same', () => {
  const wanted = policy({ clients: [app] }).spec as { podSelector: object; ingress: { from: object[] }[] }
  const stored = structuredClone(wanted)

  test('as it was written', () => {
    expect(letsInTheSame(stored, wanted)).toBe(true)
    expect(letsInTheSame({ ...stored, podSelector: { ...stored.podSelector, matchExpressions: [] } }, wanted)).toBe(true)
  })

  test.each<[string, object]>([
    [
      'pods of its own that it does not select any more',
      { podSelector: { ...stored.podSelector, matchExpressions: [{ key: 'x', operator: 'Exists' }] } },
    ],
    [
      'a namespace more',
      { ingress: [{ ...stored.ingress[0], from: [{ ...members, namespaceSelector: {} }, operator] }, ...stored.ingress.slice(1)] },
    ],
    ['everybody', { ingress: [{}, ...stored.ingress] }],
    ['nobody, where a rule lacks', { ingress: stored.ingress.slice(1) }],
    ['the same, but lets out nothing', { policyTypes: ['Ingress', 'Egress'] }],
    ['rules for what goes out', { egress: [{}] }],
  ])('but not with %s', (_, change) => {
    expect(letsInTheSame({ ...stored, ...change }, wanted)).toBe(false)
  })
})
