import { describe, expect, test } from 'vitest'
import { annotation } from '../../src/api/labels.ts'
import { wantedNames } from '../../src/model/cluster/scaling.ts'
import type { ClusterView } from '../../src/model/cluster/view.ts'
import { type Planned, planCluster } from '../../src/plan/cluster/policy.ts'
import { stepId } from '../../src/plan/cluster/step.ts'
import { explore } from './explore.ts'
import type { FaultKind } from './faults.ts'
import { notHealedNorTold, notYet, paths, scaling } from './workflows.ts'

const isLong = process.env.TEST_LONG !== undefined

/** spec.repair.automatic is false, and a person approves of one step at a time: every other step is planned without an approval. */
function approving(view: ClusterView): Planned {
  const asked = byApproval(view, {})
  const decision = planCluster(asked)
  if (decision.kind === 'step') expectNoReplacement(asked, decision)
  if (decision.kind !== 'block' || decision.step === undefined) return decision
  return planCluster(byApproval(view, { [annotation.approve]: stepId(decision.step) }))
}

function byApproval(view: ClusterView, annotations: Readonly<Record<string, string>>): ClusterView {
  const { metadata, spec } = view.cluster
  const repair = { ...spec.repair, automatic: false }
  return { ...view, cluster: { ...view.cluster, metadata: { ...metadata, annotations }, spec: { ...spec, repair } } }
}

function expectNoReplacement(view: ClusterView, { step }: Extract<Planned, { kind: 'step' }>): void {
  const members = view.membership.known ? view.membership.value.members : []
  const voter = members.find(({ id, isLearner }) => step.do === 'RemoveMember' && step.id === id && !isLearner)
  if (voter?.name !== undefined && wantedNames(view).includes(voter.name)) throw new Error(`${voter.name} is replaced without an approval`)
}

const damages: readonly FaultKind[] = ['volume emptied', 'volume set back', 'volume corrupt', 'data wrong', 'node lost', 'claim deleted']

describe('one member is damaged where repair is by approval, while a cluster goes', () => {
  const rows = paths('3', ...(isLong ? ['3 -> 1'] : [])).flatMap(({ path, sizes }) => damages.map((kind) => ({ path, sizes, kind })))
  test.each(rows)('$path: $kind', ({ sizes, kind }) => {
    const from = scaling(sizes, '3.6.16', { faultsLeft: 1 })
    expect(explore({ from, plan: approving, faults: [kind], missing: notHealedNorTold, untrue: notYet }).states).toBeGreaterThan(10)
  })

  test('and a plan that replaces without an approval is found out', () => {
    const from = scaling([3], '3.6.16', { faultsLeft: 1 })
    const plan = (view: ClusterView) => {
      const decision = planCluster(view)
      if (decision.kind === 'step') expectNoReplacement(view, decision)
      return decision
    }
    expect(() => explore({ from, plan, faults: ['volume emptied'], missing: notHealedNorTold })).toThrow(/replaced without an approval/)
  })
})
