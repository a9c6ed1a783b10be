import { expect, test } from 'vitest'
import { inWords, rightsOf } from '../../../src/plugin/doctor/access.ts'
import { ofOperator } from '../../../src/plugin/doctor/rights.ts'
import { documents } from '../deploy/files.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

test('doctor asks for exactly the rights that the operator is given in a namespace', () => {
  const role = documents('deploy/base/operator-role.yaml').find(({ kind }) => kind === 'ClusterRole') as unknown as {
    readonly rules: readonly Rule[]
  }
  const given = role.rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => rightsOf([[group, resources.join(' '), verbs.join(' ')]])),
  )
  expect([...new Set(ofOperator.map(inWords))].toSorted()).toEqual([...new Set(given.map(inWords))].toSorted())
})
