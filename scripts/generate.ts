import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'
import { compile } from 'json-schema-to-typescript'
import { chartFiles } from './generate/chart.ts'
import { withClusterSpec } from './generate/cluster-spec.ts'
import { addedDefaults } from './generate/defaults.ts'
import { leftOver } from './generate/generated-folder.ts'
import { manifestFiles } from './generate/manifests.ts'
import { metricsPage } from './generate/metrics-page.ts'
import { dashboardFiles } from './generate/monitoring/dashboards.ts'
import { ruleFiles } from './generate/monitoring/rules.ts'
import { olmFiles } from './generate/olm.ts'
import { pluginPage } from './generate/plugin-page.ts'
import { reference } from './generate/reference.ts'
import { type Schema, schemaOf } from './generate/schema.ts'
import { withVersion } from './generate/versions.ts'

/** `npm run generate`: writes what is made from other files; with `--check` it compares instead, and fails where they differ. */
const root = fileURLToPath(new URL('..', import.meta.url))

const kinds = [
  { crd: 'crds/etcdclusters.yaml', types: 'src/api/etcd-cluster.generated.ts', name: 'EtcdClusterObject' },
  { crd: 'crds/etcdbackups.yaml', types: 'src/api/etcd-backup.generated.ts', name: 'EtcdBackupObject' },
  { crd: 'crds/etcdbackupschedules.yaml', types: 'src/api/etcd-backup-schedule.generated.ts', name: 'EtcdBackupScheduleObject' },
  { crd: 'crds/etcdrestores.yaml', types: 'src/api/etcd-restore.generated.ts', name: 'EtcdRestoreObject' },
  { crd: 'crds/etcdusers.yaml', types: 'src/api/etcd-user.generated.ts', name: 'EtcdUserObject' },
]

const anything = '{ [key: string]: unknown }'
/** A spec that is handed on as it was written, and is judged where it arrives. */
const asWritten: ReadonlySet<string> = new Set(['clusterSpec'])

const isCheck = process.argv.includes('--check')
const stale: string[] = []
emit(...metricsPage(root))
// First: the types and the manifests are made from these files.
for (const [path, text] of withVersion(root)) emit(path, text)
emit(...withClusterSpec(root))
for (const kind of kinds) emit(kind.types, await typesOf(kind.crd, kind.name))
emit(...addedDefaults(root))
for (const [path, text] of [...manifestFiles(root), ...ruleFiles(), ...dashboardFiles()]) emit(path, text)
emit(...reference(root))
emit(...pluginPage())
emitFolder('deploy/chart', chartFiles(root))
emitFolder('deploy/olm', olmFiles(root))
if (stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}; run: npm run generate`)
  process.exitCode = 1
}

function emit(path: string, text: string): void {
  if (isCheck && readOr(root + path) !== text) stale.push(path)
  if (isCheck) return
  mkdirSync(dirname(root + path), { recursive: true })
  writeFileSync(root + path, text)
}

/** Also removes what was generated there once, and no longer is. */
function emitFolder(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) emit(path, text)
  const old = leftOver(root, folder, new Set(files.keys()))
  if (isCheck) stale.push(...old)
  else for (const path of old) rmSync(root + path)
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
  const schema = schemaOf(load(readFileSync(root + crdPath, 'utf8')))
  return compile(asJsonSchema(schema) as object, name, {
    additionalProperties: false,
    bannerComment: `// Generated from ${crdPath} by \`npm run generate\`: change the CRD, not this file.`,
    format: true,
    style: { singleQuote: true, semi: false },
  })
}

function asJsonSchema(schema: Schema): Schema | Record<string, unknown> {
  const description = schema.description === undefined ? {} : { description: schema.description }
  if (schema['x-kubernetes-int-or-string']) return { ...description, tsType: 'number | string' }
  if (schema['x-kubernetes-preserve-unknown-fields'] && !schema.properties) return { ...description, tsType: anything }
  if (schema.type === 'array') return { ...description, type: 'array', items: asJsonSchema(schema.items ?? {}) }
  if (schema.type === 'object' && schema.properties) {
    const entries = Object.entries(schema.properties)
    const required = entries.filter(([key, value]) => value.default !== undefined || schema.required?.includes(key)).map(([key]) => key)
    return {
      ...description,
      type: 'object',
      properties: Object.fromEntries(entries.map(([key, value]) => [key, asWritten.has(key) ? { tsType: anything } : asJsonSchema(value)])),
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
