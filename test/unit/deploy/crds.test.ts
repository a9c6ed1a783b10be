import { describe, expect, test } from 'vitest'
import type { Crd, Schema } from '../../../scripts/generate/schema.ts'
import { documents } from './files.ts'

interface Field {
  readonly path: string
  readonly name: string
  readonly schema: Schema
}

describe.each(documents('deploy/crds.yaml').map((crd) => [crd.metadata.name, crd] as const))('%s', (_, crd) => {
  const schemas = (crd.spec as Crd['spec']).versions.map(({ schema }) => schema.openAPIV3Schema)
  const all = schemas.flatMap((schema) => fieldsOf(schema, ''))
  const written = all.filter(({ path }) => path.startsWith('.spec'))

  test('fits into the annotation that a client-side apply writes', () => {
    // kubectl apply keeps the whole object in an annotation, of which there may be 256 KiB in all.
    expect(Buffer.byteLength(JSON.stringify(crd))).toBeLessThan(200_000)
  })

  test('describes every field', () => {
    // Kubernetes brings the description of metadata.
    const silent = all.filter(({ path, schema }) => !schema.description && path !== '.metadata' && !isItem(path))
    expect(silent.map(({ path }) => path)).toEqual([])
  })

  // A comma in a description without quotes, between braces, begins another key, and a server-side apply refuses the whole CRD.
  test('says of a field only what a schema can say', () => {
    const strange = all.flatMap(({ path, schema }) => Object.keys(schema).flatMap((key) => (keywords.test(key) ? [] : `${path}: ${key}`)))
    expect(strange).toEqual([])
  })

  test('tells every default of a value in its description', () => {
    const withDefault = written.filter(({ schema }) => schema.default !== undefined && !isObject(schema))
    const silent = withDefault.filter(({ schema }) => !tellsDefault(schema))
    expect(silent.map(({ path, schema }) => `${path}: ${schema.default}`)).toEqual([])
  })

  // The operator keeps every object in memory as a whole: who may write one must not be able to fill it.
  test('bounds everything that a person can write', () => {
    expect(written.filter(({ schema }) => isUnbounded(schema)).map(({ path }) => path)).toEqual([])
  })

  test('takes no more values than an operator can keep of many objects', () => {
    const [spec] = schemas.flatMap((schema) => schema.properties?.spec ?? [])
    expect(mostValues(spec ?? {})).toBeLessThan(30_000)
  })

  // A name goes into the path of a request: `..` there is another resource, or none.
  test('gives every name of an object the form of a name', () => {
    const names = written.filter(
      ({ schema }) => /^Name of (the|an) [A-Z]\w+( of|,|\.)/.test(schema.description ?? '') && schema.type === 'string',
    )
    expect(names.length).toBeGreaterThan(1)
    const loose = names.filter(
      ({ schema }) => schema.pattern === undefined && !rulesOf(schema).some((rule) => rule.includes('self.matches')),
    )
    expect(loose.map(({ path }) => path)).toEqual([])
  })

  test('shows the reason and the message with -o wide', () => {
    const [version] = (crd.spec as { versions: { additionalPrinterColumns: { name: string; priority?: number }[] }[] }).versions
    expect(version?.additionalPrinterColumns.filter(({ priority }) => priority === 1).map(({ name }) => name)).toEqual([
      'Reason',
      'Message',
    ])
  })
})

const keywords =
  /^(type|format|description|default|enum|nullable|pattern|required|properties|additionalProperties|items|anyOf|oneOf|allOf|not|(min|max)(imum|Length|Items|Properties)|exclusive(Min|Max)imum|x-kubernetes-[a-z-]+)$/

function fieldsOf(schema: Schema, path: string): readonly Field[] {
  const own = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, `${path}.${name}`, field] as const)
  const values = schema.additionalProperties ? [['*', `${path}.*`, schema.additionalProperties] as const] : []
  const items = schema.items ? [['[]', `${path}[]`, schema.items] as const] : []
  return [...own, ...values, ...items].flatMap(([name, at, field]) => [{ path: at, name, schema: field }, ...fieldsOf(field, at)])
}

function isItem(path: string): boolean {
  return path.endsWith('.*') || path.endsWith('[]')
}

function isObject(schema: Schema): boolean {
  return schema.properties !== undefined
}

function tellsDefault({ default: preset, description = '' }: Schema): boolean {
  if (preset === '') return /by default empty/i.test(description)
  if (typeof preset === 'object') return /none by default|by default empty/i.test(description)
  return description.includes(`Default: ${preset}`)
}

function rulesOf(schema: Schema): readonly string[] {
  return schema['x-kubernetes-validations']?.map(({ rule }) => rule) ?? []
}

function isUnbounded(schema: Schema): boolean {
  if (schema['x-kubernetes-int-or-string']) return schema.maxLength === undefined
  if (schema['x-kubernetes-preserve-unknown-fields']) return true
  if (schema.additionalProperties) return schema.maxProperties === undefined || !rulesOf(schema).some(boundsNames)
  if (schema.type === 'array') return schema.maxItems === undefined
  return schema.type === 'string' && schema.enum === undefined && schema.maxLength === undefined
}

function boundsNames(rule: string): boolean {
  return rule.includes('name.size() <= 317') || rule.includes('{0,62}$')
}

/** How many JSON values an object of this schema has at most: memory goes by their number. */
function mostValues(schema: Schema): number {
  const inside = Object.values(schema.properties ?? {}).reduce((sum, field) => sum + mostValues(field), 0)
  const values = schema.additionalProperties
    ? (schema.maxProperties ?? Number.POSITIVE_INFINITY) * mostValues(schema.additionalProperties)
    : 0
  const items = schema.items ? (schema.maxItems ?? Number.POSITIVE_INFINITY) * mostValues(schema.items) : 0
  return 1 + inside + values + items
}
