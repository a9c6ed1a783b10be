import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cacheDir } from '../../test/cluster/cache.ts'
import { RequirementMissing, run, tryRun } from '../../test/cluster/command.ts'
import { installPackages, isThere } from '../../test/cluster/local/debian.ts'
import type { Progress } from '../../test/cluster/progress.ts'
import { assembleBaseImages } from './base-images.ts'
import { npmSettings } from './docker.ts'

/** Builds without any daemon and without pulling: the base images are assembled here, under the names that the Dockerfile uses. */
export async function buildWithBuildah(root: string, name: string, archive: string, progress: Progress): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new RequirementMissing('No Docker engine answers, and without one the image can be built only as root.')
  if (!isThere('buildah')) await installPackages(['buildah', 'busybox-static'], progress)
  for (const base of await assembleBaseImages(progress)) {
    if ((await tryBuildah(['inspect', '--type', 'image', base.pinnedName])) !== undefined) continue
    await buildah(['pull', `docker-archive:${base.archive}`])
    await buildah(['tag', base.name, base.pinnedName])
    progress(`base image ${base.name} assembled`)
  }
  progress('building the operator’s image with buildah')
  await buildah(buildArgs(root, name, await npmCache()))
  await buildah(['push', name, `docker-archive:${archive}:${name}`])
  await tryBuildah(['rmi', name])
  await tryBuildah(['rmi', '--prune'])
}

export function buildArgs(root: string, name: string, npmCache: string): readonly string[] {
  return [
    'bud',
    '--pull=never',
    '--layers=false',
    '--format=docker',
    '--tag',
    name,
    '--volume',
    `${npmCache}:/root/.npm`,
    ...npmSettings(),
    root,
  ]
}

async function npmCache(): Promise<string> {
  const configured = await tryRun('npm', ['config', 'get', 'cache'])
  const folder = configured?.trim() || join(homedir(), '.npm')
  mkdirSync(folder, { recursive: true })
  return folder
}

/** With storage of its own, so that nothing is left in the machine's. */
function buildah(args: readonly string[]): Promise<string> {
  const storage = ['--root', cacheDir('buildah', 'root'), '--runroot', cacheDir('buildah', 'run'), '--storage-driver', 'vfs']
  return run('buildah', [...storage, ...args], { env: { ...process.env, BUILDAH_ISOLATION: 'chroot' } })
}

function tryBuildah(args: readonly string[]): Promise<string | undefined> {
  return buildah(args).catch(() => undefined)
}
