import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { type Schema, schemaOf } from './schema.ts'

/**
 * crds/etcdrestores.yaml with `spec.clusterSpec` as EtcdClusters have their spec. It is typed so that nobody can store more in it
 * than an EtcdCluster holds. It is kept as it was written: defaults, and rules about values, are for the EtcdCluster.
 */
export function withClusterSpec(root: string): readonly [path: string, text: string] {
  const path = 'crds/etcdrestores.yaml'
  const { spec } = schemaOf(load(readFileSync(join(root, 'crds/etcdclusters.yaml'), 'utf8'))).properties ?? {}
  if (spec === undefined) throw new Error('crds/etcdclusters.yaml has no spec')
  const description = `The spec of the EtcdCluster, as EtcdClusters have it. Its values are checked before the backup is read. Absent, the spec in the backup's manifest.`
  const text = dump({ clusterSpec: { ...asWritten(spec), description } }, { lineWidth: -1, noRefs: true })
  const lines = text.trimEnd().split('\n')
  const generated = lines.map((line) => `              ${line}\n`).join('')
  const file = readFileSync(join(root, path), 'utf8')
  return [path, file.replace(/(`npm run generate`: begin\.\n).*?( *# Generated: end\.\n)/s, (_, begin, end) => begin + generated + end)]
}

function asWritten({ default: _default, ...schema }: Schema): Schema {
  const rules = schema['x-kubernetes-validations']?.filter(({ rule }) => isBound(rule)) ?? []
  const { 'x-kubernetes-validations': _rules, ...rest } = schema
  return {
    ...rest,
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
    ...(schema.properties ? { properties: mapValues(schema.properties, asWritten) } : {}),
    ...(schema.items ? { items: asWritten(schema.items) } : {}),
    ...(schema.additionalProperties ? { additionalProperties: asWritten(schema.additionalProperties) } : {}),
  }
}

/** Whether a rule bounds what can be stored: names in a map. */
function isBound(rule: string): boolean {
  return /^self\.all\(name, name\.(size\(\) <= |matches\()/.test(rule)
}

function mapValues<T>(object: Readonly<Record<string, T>>, change: (value: T) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
