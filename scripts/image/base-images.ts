import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { keyOf, makeCacheDir } from '../../test/cluster/cache.ts'
import { RequirementMissing, run } from '../../test/cluster/command.ts'
import { updatePackageLists } from '../../test/cluster/local/debian.ts'
import { archiveFolder } from '../../test/cluster/local/image-archive.ts'
import type { Progress } from '../../test/cluster/progress.ts'
import { baseEnvironment, completeSystem, debianPackages, place, unpackPackages } from './root-file-system.ts'

/** A base image as a docker-archive. `pinnedName` changes with its content. */
type BaseImage = Readonly<{ name: string; pinnedName: string; archive: string }>

/** Stand-ins for the two images that the Dockerfile starts from, made of Debian packages and of the npm packages `node` and `npm`. */
export async function assembleBaseImages(progress: Progress): Promise<readonly BaseImage[]> {
  const node = nodeBinary()
  const key = keyOf(
    '1',
    process.arch,
    ...debianPackages,
    await run(node, ['--version']),
    readFileSync(join(npmPackage(), 'package.json'), 'utf8'),
  )
  const folder = makeCacheDir('base-images')
  const archives = { build: join(folder, `build-${key}.tar`), run: join(folder, `run-${key}.tar`) }
  if (!existsSync(archives.build) || !existsSync(archives.run)) {
    progress('assembling the base images from Debian and npm packages')
    await assemble(folder, archives, node)
  }
  return [
    { name: buildImage, pinnedName: `localhost/etcd-operator-build-base:${key}`, archive: archives.build },
    { name: runImage, pinnedName: `localhost/etcd-operator-run-base:${key}`, archive: archives.run },
  ]
}

const buildImage = 'docker.io/library/node:24-bookworm-slim'
const runImage = 'gcr.io/distroless/nodejs24-debian12:nonroot'

async function assemble(folder: string, archives: { build: string; run: string }, node: string): Promise<void> {
  const work = mkdtempSync(join(folder, 'work-'))
  try {
    const libraries = join(work, 'libraries')
    await unpackDebian(join(work, 'packages'), libraries)
    completeSystem(libraries)

    const runRoot = join(work, 'run')
    cpSync(libraries, runRoot, { recursive: true, verbatimSymlinks: true })
    place(node, join(runRoot, 'nodejs/bin/node'))
    await archiveFolder(runRoot, archives.run, runImage, {
      Entrypoint: ['/nodejs/bin/node'],
      User: '65532',
      WorkingDir: '/home/nonroot',
      Env: baseEnvironment,
    })

    addBuildTools(libraries, node)
    await archiveFolder(libraries, archives.build, buildImage, { Cmd: ['node'], Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'HOME=/root'] })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function unpackDebian(packages: string, root: string): Promise<void> {
  mkdirSync(packages, { recursive: true })
  // apt-get hands the download to a user of its own where it may.
  chmodSync(packages, 0o777)
  chmodSync(dirname(packages), 0o755)
  await updatePackageLists()
  await run('apt-get', ['download', ...debianPackages], { cwd: packages })
  const files = readdirSync(packages).filter((name) => name.endsWith('.deb'))
  await unpackPackages(
    files.map((name) => join(packages, name)),
    root,
  )
}

function addBuildTools(root: string, node: string): void {
  place('/bin/busybox', join(root, 'usr/bin/busybox'))
  for (const tool of ['sh', 'env', 'mkdir', 'rm', 'cp', 'mv', 'ls', 'cat', 'uname']) symlinkSync('busybox', join(root, 'usr/bin', tool))
  place(node, join(root, 'usr/local/bin/node'))
  cpSync(npmPackage(), join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
  symlinkSync('../lib/node_modules/npm/bin/npx-cli.js', join(root, 'usr/local/bin/npx'))
  mkdirSync(join(root, 'root'), { recursive: true })
}

/** The Node 24 that `npm ci` has put beside us. */
function nodeBinary(): string {
  const path = join(import.meta.dirname, '..', '..', 'node_modules', 'node', 'bin', 'node')
  if (!existsSync(path)) throw new RequirementMissing('The npm package `node` is not installed: run npm ci first.')
  return path
}

/** The npm that runs this script, or the one beside the Node on PATH. */
function npmPackage(): string {
  const candidates = [
    ...(process.env.npm_execpath === undefined ? [] : [dirname(dirname(process.env.npm_execpath))]),
    ...(process.env.PATH ?? '').split(':').map((dir) => join(dir, '..', 'lib', 'node_modules', 'npm')),
    '/usr/share/nodejs/npm',
  ]
  const found = candidates.find((path) => existsSync(join(path, 'bin', 'npm-cli.js')))
  if (found === undefined) throw new RequirementMissing('No npm was found: run this by `npm run image`.')
  return found
}
