import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { type Crd, type Schema, schemaOf } from './schema.ts'

/** docs/reference.md: every field of every kind with its type, its default and what the rules say. Path and text. */
export function reference(root: string): readonly [path: string, text: string] {
  const sections = files.map((file) => section(load(readFileSync(join(root, 'crds', `${file}.yaml`), 'utf8')) as Crd)) // Files of this project.
  return ['docs/reference.md', [introduction, ...sections].join('\n')]
}

const files = ['etcdclusters', 'etcdbackups', 'etcdbackupschedules', 'etcdrestores', 'etcdusers']

const introduction = `# Reference

<!-- Generated from crds/ by \`npm run generate\`: change the descriptions there, not this file. -->

Every field of every kind, as \`kubectl explain --recursive\` knows them too. A field is optional unless it says *required*; where the
column *Default* is empty and the text names none, an absent field means nothing. A line that begins with *Rule* says what the API server
answers when a rule is broken.

A *quantity* is a number with a unit (\`8Gi\`, \`100m\`), a *duration* a text such as \`30m\` or \`1h30m\`. What the conditions and their reasons
mean is in [status](operations/status.md); manifests to begin with are in [examples](../examples/README.md).
`

function section(crd: Crd): string {
  const { kind, shortNames } = crd.spec.names
  const schema = schemaOf(crd)
  const { spec, status } = schema.properties ?? {}
  const rows = (part: Schema | undefined, path: string) => (part === undefined ? [] : rowsOf(part, path, schema.required?.includes(path)))
  return `## ${kind}

\`${crd.spec.group}/v1alpha1\`, short \`${shortNames.join(', ')}\`. ${text(schema.description)}

${rulesOf(schema)
  .map((rule) => `- ${rule}\n`)
  .join('')}
### spec of ${kind}

${table(rows(spec, 'spec'))}
### status of ${kind}

Written by the operator alone.

${table(rows(status, 'status'))}`
}

function table(rows: readonly string[]): string {
  return `| Field | Type | Default | |\n|---|---|---|---|\n${rows.join('')}`
}

function rowsOf(schema: Schema, path: string, isRequired = false): readonly string[] {
  // In a status that is no business of its reader's.
  const required = isRequired && path.startsWith('spec') ? ', *required*' : ''
  const shown = [withoutPreset(schema), ...rulesOf(schema)].filter((line) => line !== '').join('<br>')
  const row = `| \`${path}\` | ${typeOf(schema)}${required} | ${presetOf(schema)} | ${shown} |\n`
  const [inside, at] = schema.items ? [schema.items, `${path}[]`] : [schema, path]
  if (isKnownElsewhere(path, schema)) return [row]
  const fields = Object.entries(inside.properties ?? {})
  return [row, ...fields.flatMap(([name, field]) => rowsOf(field, `${at}.${name}`, inside.required?.includes(name)))]
}

/** The default has a column of its own here. */
function withoutPreset({ default: preset, description }: Schema): string {
  const words = text(description)
  return preset === undefined ? words : words.replace(/ (Default: [^ ,;]+|None by default)\.$/, '')
}

/** Fields that stand in another table, or in Kubernetes' own reference. */
function isKnownElsewhere(path: string, { description = '' }: Schema): boolean {
  return path === 'spec.clusterSpec' || /^[^.;]*as in a pod's spec/.test(description)
}

function typeOf(schema: Schema): string {
  if (schema['x-kubernetes-int-or-string']) return 'quantity'
  if (schema.enum) return schema.enum.map((value) => `\`${value === '' ? '""' : value}\``).join(', ')
  if (schema.type === 'array')
    return [`list of ${typeOf(schema.items ?? {})}`, ...bounds(schema.minItems, schema.maxItems, ' entries')].join(', ')
  if (schema.additionalProperties)
    return [`map of string to ${typeOf(schema.additionalProperties)}`, ...bounds(undefined, schema.maxProperties, ' entries')].join(', ')
  const { type = 'object', minimum, maximum, minLength, maxLength } = schema
  return [type, ...bounds(minimum, maximum, ''), ...bounds(minLength, maxLength, ' characters')].join(', ')
}

function bounds(least: number | undefined, most: number | undefined, unit: string): readonly string[] {
  const lower = least === 1 && unit !== '' ? 'not empty' : `at least ${least}${unit}`
  return [least === undefined ? '' : lower, most === undefined ? '' : `at most ${most}${unit}`].filter(Boolean)
}

/** Defaults of values; that of an object is the sum of its fields'. */
function presetOf({ default: preset, properties }: Schema): string {
  return preset === undefined || properties !== undefined ? '' : `\`${JSON.stringify(preset)}\``
}

function rulesOf(schema: Schema): readonly string[] {
  const own = schema['x-kubernetes-validations'] ?? []
  const inside = schema.additionalProperties?.['x-kubernetes-validations'] ?? []
  return [...own, ...inside].map(({ message }) => `*Rule*: ${text(message)}`)
}

/** In a cell of a table. */
function text(words = ''): string {
  return words.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*/', '\\*/')
}
