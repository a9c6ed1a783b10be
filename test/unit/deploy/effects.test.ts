import { expect, test } from 'vitest'
import { documents, text } from './files.ts'

/** docs/operations/fields.md says of every field of an EtcdCluster what a change of it does: no field is forgotten, and none made up. */

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}

interface Crd {
  readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }]
}

/** Fields whose own fields are not told apart: all of them have one effect. */
const wholes = new Set(['spec.bootstrap.restore', 'spec.pod.affinity'])

test('the table of effects has every field of the schema, and no other', () => {
  const crd = documents('crds/etcdclusters.yaml')[0]?.spec as Crd
  const spec = crd.versions[0].schema.openAPIV3Schema.properties?.spec ?? {}
  expect(rows.map(({ field }) => field).toSorted()).toEqual(fieldsOf(spec, 'spec').toSorted())
})

test('it says how each of them disrupts in words that it explains', () => {
  const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, word]) => word)
  expect(explained).toEqual(['none', 'restart', 'exchange', 'leave', 'defragmentation', 'refused'])
  for (const { field, effect, disruption } of rows) {
    const words = [...disruption.matchAll(/`(\w+)`/g)].map(([, word]) => word)
    expect(words.length, field).toBeGreaterThan(0)
    expect(explained, field).toEqual(expect.arrayContaining(words))
    expect(effect.length, field).toBeGreaterThan(15)
  }
})

const page = text('docs/operations/fields.md')
const rows = [...page.matchAll(/^\| `(spec\.[\w.]+)` \| (.*) \| (.*) \|$/gm)].map(([, field = '', effect = '', disruption = '']) => ({
  field,
  effect,
  disruption,
}))

function fieldsOf(schema: Schema, path: string): readonly string[] {
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length === 0 || wholes.has(path)) return [path]
  return fields.flatMap(([name, field]) => fieldsOf(field, `${path}.${name}`))
}
