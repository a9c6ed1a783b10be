import { describe, expect, test } from 'vitest'
import { documents } from './files.ts'

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
}

interface Crd {
  readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[]
}

describe.each(documents('deploy/crds.yaml').map((crd) => [crd.metadata.name, crd] as const))('%s', (_, crd) => {
  test('fits into the annotation that a client-side apply writes', () => {
    // kubectl apply keeps the whole object in an annotation, of which there may be 256 KiB in all.
    expect(Buffer.byteLength(JSON.stringify(crd))).toBeLessThan(200_000)
  })

  test('describes every field', () => {
    const silent = (crd.spec as Crd).versions.flatMap(({ name, schema }) => undescribed(schema.openAPIV3Schema, name))
    expect(silent).toEqual([])
  })
})

function undescribed(schema: Schema, path: string): readonly string[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    // Kubernetes brings the description of metadata.
    const isMetadata = name === 'metadata' && path === 'v1alpha1'
    return [...(field.description || isMetadata ? [] : [`${path}.${name}`]), ...undescribed(field, `${path}.${name}`)]
  })
  const values = typeof schema.additionalProperties === 'object' ? undescribed(schema.additionalProperties, `${path}.*`) : []
  return [...fields, ...values, ...(schema.items ? undescribed(schema.items, `${path}[]`) : [])]
}
