import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheDir } from '../test/cluster/cache.ts'
import { tryRun } from '../test/cluster/command.ts'
import { withMachineLock } from '../test/cluster/machine-lock.ts'
import { timedProgress } from '../test/cluster/progress.ts'
import { buildWithBuildah } from './image/buildah.ts'
import { buildWithDocker } from './image/docker.ts'
import { inputsKey } from './image/inputs.ts'

/** Builds the operator's image from the Dockerfile into dist/etcd-operator-image.tar, a docker-archive. */
const root = join(import.meta.dirname, '..')
const name = 'docker.io/library/etcd-operator:dev'
const archive = join(root, 'dist', 'etcd-operator-image.tar')

const progress = timedProgress()
try {
  await main()
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const cached = cacheDir('images', `etcd-operator-${inputsKey(root)}.tar`)
  mkdirSync(dirname(cached), { recursive: true })
  if (existsSync(cached)) progress('nothing has changed since the last build')
  else await withMachineLock('image builds', progress, () => build(cached))
  mkdirSync(join(root, 'dist'), { recursive: true })
  copyFileSync(cached, `${archive}.new`)
  renameSync(`${archive}.new`, archive)
  progress(`${name} is in dist/etcd-operator-image.tar`)
}

async function build(cached: string): Promise<void> {
  const unfinished = `${cached}.${process.pid}`
  const engine = await tryRun('docker', ['version', '--format', '{{.Server.Version}}'])
  if (engine !== undefined) await buildWithDocker(root, name, unfinished, progress)
  else await buildWithBuildah(root, name, unfinished, progress)
  renameSync(unfinished, cached)
  forgetOldBuilds(dirname(cached))
}

/** Keeps the newest builds, so that going back to a change of a moment ago costs nothing. */
function forgetOldBuilds(folder: string): void {
  const builds = readdirSync(folder).filter((file) => /^etcd-operator-[0-9a-f]+\.tar$/.test(file))
  const newestFirst = builds.map((file) => join(folder, file)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
  for (const file of newestFirst.slice(3)) rmSync(file)
}
