import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { run } from '../../test/cluster/command.ts'
import type { Progress } from '../../test/cluster/progress.ts'
import { sha256Of, tarFolder } from './archive.ts'
import { architectures, readBaseLock } from './base-lock.ts'
import { packChart } from './chart.ts'
import { type Source, sourceOf } from './commit.ts'
import { writeManifests } from './deploy-files.ts'
import { assembleImage } from './image.ts'
import { otherThanLocked } from './installed.ts'
import { releaseNotes } from './notes.ts'
import { packFolder } from './pack.ts'
import { packPlugin, plugin } from './plugin.ts'
import { sbom } from './sbom.ts'
import { startOnce } from './start-once.ts'

/** Name and version, as package.json has them. */
interface Project {
  readonly version: string
  readonly description: string
  readonly license: string
  readonly devDependencies: { readonly node: string }
}

/**
 * Makes everything that a release holds into one folder. The same commit gives the same bytes, wherever and whenever it is made: no file
 * holds a time, a path or a name of this machine.
 *
 * @throws Error that says what stands in the way, and the way out
 */
export async function makeRelease(
  root: string,
  options: { image?: string | undefined; out?: string | undefined },
  progress: Progress,
): Promise<void> {
  const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Project
  const { version } = project
  // Modes are part of the image, and everybody has to be able to read what is in it.
  process.umask(0o022)
  const out = resolve(options.out ?? join(root, 'dist', `release-${version}`))
  if (existsSync(out) && !existsSync(join(out, sums)))
    throw new Error(`${out} exists and holds no release: remove it, or name another folder by --out`)
  const lock = readBaseLock(root)
  if (lock.node.version !== project.devDependencies.node)
    throw new Error('package.json has another Node than the base: npm run release -- --update-base')
  const others = otherThanLocked(root)
  if (others.length > 0) throw new Error(`node_modules is not what package-lock.json says: ${others.slice(0, 3).join(', ')}. Run npm ci`)
  const notes = releaseNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version)
  const source = await sourceOf(root)

  mkdirSync(dirname(out), { recursive: true })
  const work = mkdtempSync(`${out}-`)
  try {
    const folder = join(work, 'files')
    const programs = join(work, 'programs')
    mkdirSync(folder)
    progress('the programs')
    await run(process.execPath, [join(root, 'scripts', 'build.ts'), programs], { cwd: root })

    const name = options.image ?? imageName(process.env)
    const annotations = annotationsOf(project, source)
    const image = await assembleImage(
      join(work, 'layout'),
      { root, lock, programs, name, tag: version, created: source.time, annotations },
      progress,
    )
    for (const architecture of architectures) progress(`${architecture}: ${await startOnce(image, architecture, version)}`)
    await tarFolder(join(work, 'layout'), join(folder, `etcd-operator-${version}.oci.tar`), { anyMode: true })
    const { digest } = image.list
    writeFileSync(join(folder, 'image-digest.txt'), `${digest}\n`)

    progress('manifests, chart, bundle for OLM, plugin, SBOM')
    writeManifests(root, folder, `${name}@${digest}`)
    await packChart(root, folder, { name, digest }, version)
    await packFolder(join(root, 'deploy', 'olm'), 'bundle', join(folder, `etcd-operator-olm-${version}`), { name, digest })
    progress('there is no deploy/chart: the release has no chart')
    await packPlugin(programs, folder, version)
    writeFileSync(join(folder, 'sbom.cdx.json'), await sbom(root, lock, source.time))
    writeFileSync(join(folder, 'release-notes.md'), notes)

    const rows = await listed(folder)
    writeFileSync(join(folder, sums), rows.map((row) => `${row.sha256}  ${row.file}\n`).join(''))
    rmSync(out, { recursive: true, force: true })
    renameSync(folder, out)
    for (const { file, bytes } of rows) console.log(`${(bytes / 1e6).toFixed(1).padStart(8)} MB  ${file}`)
    console.log(`\n${version} is in ${out}; image ${name}@${digest}`)
    if (source.isChanged) console.log('The work tree has changes that are in no commit: nobody else can make these files.')
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const sums = 'SHA256SUMS'

/** Where the workflow pushes the image; a placeholder anywhere else. */
function imageName({ GITHUB_REPOSITORY: repository }: NodeJS.ProcessEnv): string {
  return repository === undefined ? 'registry.example.com/etcd-operator' : `ghcr.io/${repository.toLowerCase()}`
}

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
function annotationsOf({ version, description, license }: Project, { revision, time }: Source): Readonly<Record<string, string>> {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env
  return {
    'org.opencontainers.image.title': 'etcd-operator',
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.created': time,
    ...(revision === undefined ? {} : { 'org.opencontainers.image.revision': revision }),
    ...(server === undefined || repository === undefined ? {} : { 'org.opencontainers.image.source': `${server}/${repository}` }),
  }
}

/** All files of the release, in the order of their names. */
async function listed(folder: string) {
  const files = readdirSync(folder).toSorted()
  const rows = []
  for (const file of files) {
    chmodSync(join(folder, file), file === plugin ? 0o755 : 0o644)
    rows.push({ file, bytes: statSync(join(folder, file)).size, sha256: await sha256Of(join(folder, file)) })
  }
  return rows
}
