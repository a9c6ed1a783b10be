import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../test/cluster/command.ts'
import type { Progress } from '../../test/cluster/progress.ts'

export async function buildWithDocker(root: string, name: string, archive: string, progress: Progress): Promise<void> {
  progress('building the operator’s image with Docker')
  await run('docker', dockerBuildArgs(root, name), { env: { ...process.env, DOCKER_BUILDKIT: '1' } })
  await run('docker', ['save', '--output', archive, name])
}

export function dockerBuildArgs(root: string, name: string): readonly string[] {
  return ['build', '--tag', name, ...npmSettings(), root]
}

/** What the build may read of the host without a copy in any layer: npm settings, and certificate authorities beyond Node's own. */
export function npmSettings(npmrc = join(homedir(), '.npmrc'), authorities = process.env.NODE_EXTRA_CA_CERTS ?? ''): readonly string[] {
  const secrets = { npmrc, authorities }
  return Object.entries(secrets).flatMap(([id, file]) => (existsSync(file) ? ['--secret', `id=${id},src=${file}`] : []))
}
