import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { type Schema, schemaOf } from './schema.ts'

/**
 * Parts of the spec that came after the first release, with what the API server fills in. Helm and OLM may leave a CRD behind that is older
 * than the operator: such an API server fills in nothing, and drops what is written there.
 */
const added = ['tls', 'auth', 'networkPolicy'] as const

/** The path and the text of the generated file. */
export function addedDefaults(root: string): readonly [path: string, text: string] {
  const { spec } = schemaOf(load(readFileSync(`${root}crds/etcdclusters.yaml`, 'utf8'))).properties ?? {}
  const values = Object.fromEntries(added.map((field) => [field, filledIn(spec?.properties?.[field] ?? {})]))
  const text = `// Generated from crds/etcdclusters.yaml by \`npm run generate\`: change the CRD, not this file.

/** What the API server fills in for the parts of an EtcdCluster's spec that an earlier CRD does not know. */
export const addedDefaults = ${literal(values)} as const
`
  return ['src/api/etcd-cluster-defaults.generated.ts', text]
}

/** As the API server does it: the default of a field, and in it those of the fields that it lacks. */
function filledIn(schema: Schema): unknown {
  const value = schema.default
  if (schema.type !== 'object' || typeof value !== 'object' || value === null) return value
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const its = filledIn(field)
    return its === undefined ? [] : [[name, its] as const]
  })
  return { ...Object.fromEntries(inner), ...value }
}

/** As the formatter would write it. */
function literal(value: unknown, indent = ''): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, indent)).join(', ')}]`
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  return `{\n${entries.map(([name, inner]) => `${indent}  ${name}: ${literal(inner, `${indent}  `)},\n`).join('')}${indent}}`
}
