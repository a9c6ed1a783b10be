import { createHash } from 'node:crypto'
import { run } from '../../test/cluster/command.ts'
import { architectures, type BaseLock } from './base-lock.ts'

interface Component {
  readonly 'bom-ref': string
  readonly type: string
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly properties?: readonly { readonly name: string; readonly value: string }[]
  readonly [field: string]: unknown
}

interface Bom {
  readonly serialNumber?: string
  readonly metadata: { readonly component: object; readonly [field: string]: unknown }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
  readonly [field: string]: unknown
}

/**
 * What the image is made of, in CycloneDX: the packages of npm that the programs are bundled from, Node, and the packages of Debian.
 * `time` is that of the commit. Where npm writes something of its own moment, version or folder, the same sources would give another
 * file.
 */
export async function sbom(root: string, lock: BaseLock, time: string): Promise<string> {
  return `${JSON.stringify(reproducible(await npmPackages(root), baseComponents(lock), time), undefined, 2)}\n`
}

/**
 * The packages that the programs need. npm's own `--omit dev` also leaves out what a program and a development tool both depend on, 45
 * of 126 packages, with npm 11.19.
 */
export async function npmPackages(root: string): Promise<Bom> {
  const bom: Bom = JSON.parse(await run('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], { cwd: root }))
  const isForDevelopment = ({ properties = [] }: Component) => properties.some(({ name }) => name === 'cdx:npm:package:development')
  const components = bom.components.filter((component) => !isForDevelopment(component))
  const left = new Set(bom.components.filter(isForDevelopment).map((component) => component['bom-ref']))
  const dependencies = bom.dependencies
    .filter(({ ref }) => !left.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => !left.has(one)) }))
  return { ...bom, components, dependencies }
}

export function reproducible(bom: Bom, base: readonly Component[], time: string): Bom {
  const { serialNumber: _, metadata, components, ...rest } = bom
  const fixed = {
    ...rest,
    metadata: {
      ...metadata,
      timestamp: time,
      tools: [{ vendor: 'npm', name: 'cli' }],
      // npm gives it the name of the folder.
      component: { ...metadata.component, name: 'etcd-operator' },
    },
    components: [...components, ...base],
  }
  const hash = createHash('sha256').update(JSON.stringify(fixed)).digest('hex')
  // A UUID of version 8: its bits are the maker's own (RFC 9562).
  const uuid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`
  return { $schema: rest.$schema, bomFormat: rest.bomFormat, specVersion: rest.specVersion, serialNumber: `urn:uuid:${uuid}`, ...fixed }
}

/** Node and the packages of Debian, of every architecture. */
export function baseComponents({ node, debian }: BaseLock): readonly Component[] {
  const purl = `pkg:generic/node@${node.version}`
  const cpe = `cpe:2.3:a:nodejs:node.js:${node.version}:*:*:*:*:*:*:*`
  const all = new Map<string, Component>([[purl, { 'bom-ref': purl, type: 'platform', name: 'node', version: node.version, purl, cpe }]])
  for (const architecture of architectures) {
    for (const { name, version, sha256 } of debian.packages[architecture]) {
      const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=${debian.suite}`
      all.set(purl, { 'bom-ref': purl, type: 'library', name, version, purl, hashes: [{ alg: 'SHA-256', content: sha256 }] })
    }
  }
  return [...all.values()]
}
