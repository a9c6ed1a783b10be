import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'

/** The part of a structural schema that defaults need (apiextensions, "Defaulting"). */
interface Schema {
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

/** An object of this CRD as the API server stores it: the schema's defaults are filled in. */
export function withCrdDefaults<T>(crd: string, object: object): T {
  return fill(schemaOf(crd), object) as T // What the schema promises, the generated type says.
}

const schemas = new Map<string, Schema>()

function schemaOf(crd: string): Schema {
  let schema = schemas.get(crd)
  if (schema === undefined) {
    const text = readFileSync(new URL(`../../crds/${crd}.yaml`, import.meta.url), 'utf8')
    const { spec } = load(text) as { spec: { versions: readonly { schema: { openAPIV3Schema: Schema } }[] } }
    const [version] = spec.versions
    if (version === undefined) throw new Error(`${crd} has no version`)
    schema = version.schema.openAPIV3Schema
    schemas.set(crd, schema)
  }
  return schema
}

/** A default is set where the field is absent, and is then itself looked through for defaults. */
function fill(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return schema.items === undefined ? value : value.map((item) => fill(schema.items ?? {}, item))
  if (typeof value !== 'object' || value === null) return value
  const filled: Record<string, unknown> = { ...value }
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const given = filled[name] ?? structuredClone(inner.default)
    if (given !== undefined) filled[name] = fill(inner, given)
  }
  return filled
}
