import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheDir } from '../../test/cluster/cache.ts'
import { tryRun } from '../../test/cluster/command.ts'
import { withMachineLock } from '../../test/cluster/machine-lock.ts'
import { during, type Progress } from '../../test/cluster/progress.ts'
import { buildWithBuildah } from './buildah.ts'
import { buildWithDocker } from './docker.ts'
import { inputsKey } from './inputs.ts'

const root = join(import.meta.dirname, '..', '..')
const name = 'docker.io/library/etcd-operator:dev'
const archive = join(root, 'dist', 'etcd-operator-image.tar')

/** Builds the operator's image into dist/etcd-operator-image.tar, unless nothing of it has changed. */
export async function buildImage(progress: Progress): Promise<void> {
  const cached = cacheDir('images', `etcd-operator-${inputsKey(root)}.tar`)
  mkdirSync(dirname(cached), { recursive: true })
  if (existsSync(cached)) progress('the operator’s image: nothing has changed since the last build')
  else
    await withMachineLock('image builds', progress, () =>
      during(
        progress,
        () => 'building the operator’s image',
        () => build(cached, progress),
      ),
    )
  mkdirSync(join(root, 'dist'), { recursive: true })
  copyFileSync(cached, `${archive}.new`)
  renameSync(`${archive}.new`, archive)
  progress(`${name} is in dist/etcd-operator-image.tar`)
}

async function build(cached: string, progress: Progress): Promise<void> {
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
