import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'
import { compile } from 'json-schema-to-typescript'
import { manifestFiles } from './generate/manifests.ts'

/** `npm run generate`: writes what is made from other files; with `--check` it compares instead, and fails where they differ. */
const root = fileURLToPath(new URL('..', import.meta.url))

const kinds = [
  { crd: 'crds/etcdclusters.yaml', types: 'src/api/etcd-cluster.generated.ts', name: 'EtcdClusterObject' },
  { crd: 'crds/etcdbackups.yaml', types: 'src/api/etcd-backup.generated.ts', name: 'EtcdBackupObject' },
  { crd: 'crds/etcdbackupschedules.yaml', types: 'src/api/etcd-backup-schedule.generated.ts', name: 'EtcdBackupScheduleObject' },
  { crd: 'crds/etcdrestores.yaml', types: 'src/api/etcd-restore.generated.ts', name: 'EtcdRestoreObject' },
]

const stale: string[] = []
for (const kind of kinds) emit(kind.types, await typesOf(kind.crd, kind.name))
for (const [path, text] of manifestFiles(root)) emit(path, text)
if (stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}; run: npm run generate`)
  process.exitCode = 1
}

function emit(path: string, text: string): void {
  if (!process.argv.includes('--check')) writeFileSync(root + path, text)
  else if (readOr(root + path) !== text) stale.push(path)
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The TypeScript type of an object as the API server returns it: a property with a default is always there. */
async function typesOf(crdPath: string, name: string): Promise<string> {
  const crd = load(readFileSync(root + crdPath, 'utf8')) as { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } }
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema
  if (!schema) throw new Error(`${crdPath} has no schema`)
  return compile(asJsonSchema(schema) as object, name, {
    additionalProperties: false,
    bannerComment: `// Generated from ${crdPath} by \`npm run generate\`: change the CRD, not this file.`,
    format: true,
    style: { singleQuote: true, semi: false },
  })
}

interface Schema {
  type?: string
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
  required?: string[]
  default?: unknown
  enum?: unknown[]
  description?: string
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
}

function asJsonSchema(schema: Schema): Schema | Record<string, unknown> {
  const description = schema.description === undefined ? {} : { description: schema.description }
  if (schema['x-kubernetes-int-or-string']) return { ...description, tsType: 'number | string' }
  if (schema['x-kubernetes-preserve-unknown-fields'] && !schema.properties) return { ...description, tsType: '{ [key: string]: unknown }' }
  if (schema.type === 'array') return { ...description, type: 'array', items: asJsonSchema(schema.items ?? {}) }
  if (schema.type === 'object' && schema.properties) {
    const entries = Object.entries(schema.properties)
    const required = entries.filter(([key, value]) => value.default !== undefined || schema.required?.includes(key)).map(([key]) => key)
    return {
      ...description,
      type: 'object',
      properties: Object.fromEntries(entries.map(([key, value]) => [key, asJsonSchema(value)])),
      required,
      additionalProperties: schema['x-kubernetes-preserve-unknown-fields'] ?? false,
    }
  }
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    return { ...description, type: 'object', additionalProperties: asJsonSchema(schema.additionalProperties) }
  }
  if (schema.type === 'object') return { ...description, tsType: 'object' }
  return { ...description, type: schema.type, ...(schema.enum ? { enum: schema.enum } : {}) } as Record<string, unknown>
}
