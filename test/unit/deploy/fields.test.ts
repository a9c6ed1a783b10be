import { expect, test } from 'vitest'
import { documents, text } from './files.ts'

interface Schema {
  readonly default?: unknown
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
}

interface Crd {
  readonly names: { readonly kind: string }
  readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }]
}

interface Field {
  readonly path: string
  readonly isRequired: boolean
  readonly preset: unknown
}

test.each([
  ['crds/etcdbackups.yaml', 'docs/operations/backup.md'],
  ['crds/etcdbackupschedules.yaml', 'docs/operations/backup.md'],
  ['crds/etcdrestores.yaml', 'docs/operations/restore.md'],
])('every field of %s stands in %s with its default, and none that does not exist', (file, page) => {
  const crd = documents(file)[0]?.spec as Crd
  const spec = crd.versions[0].schema.openAPIV3Schema.properties?.spec ?? {}
  const fields = fieldsIn(spec, 'spec', true)
  const rows = rowsOf(text(page), crd.names.kind)
  expect([...rows.keys()].toSorted()).toEqual(fields.map(({ path }) => path).toSorted())
  for (const { path, isRequired, preset } of fields) {
    const row = rows.get(path)
    if (isRequired) expect(row, path).toBe('required')
    else if (preset !== undefined) expect(row, path).toBe(`\`${String(preset)}\``)
    else expect(row, path).not.toMatch(/^`|^required$/)
  }
})

/** Fields without fields of their own. One is required when all above it are. */
function fieldsIn(schema: Schema, path: string, isRequired: boolean): readonly Field[] {
  const fields = Object.entries(schema.properties ?? {})
  // The spec of a cluster stands with EtcdClusters.
  if (fields.length === 0 || path === 'spec.clusterSpec') return [{ path, isRequired, preset: schema.default }]
  // Of one possible field that is the only storage a rule, not the schema, says that it must be there.
  const isOnly = fields.length === 1
  return fields.flatMap(([name, field]) =>
    fieldsIn(field, `${path}.${name}`, isRequired && (isOnly || (schema.required ?? []).includes(name))),
  )
}

/** From the table below the line that begins with the kind: field -> what stands as its default. */
function rowsOf(page: string, kind: string): ReadonlyMap<string, string> {
  const [, below = ''] = page.split(new RegExp(`^${kind} \\(.*$`, 'm'))
  const [table = ''] = below.split(/^\w/m)
  return new Map([...table.matchAll(/^\| `(spec[\w.]+)` \| (.*?) ?\|/gm)].map(([, path = '', preset = '']) => [path, preset]))
}
