import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeCacheDir } from '../../test/cluster/cache.ts'
import { run } from '../../test/cluster/command.ts'
import { type Architecture, type BaseLock, lockPath } from './base-lock.ts'

/**
 * Node for an architecture, from npm.
 *
 * @throws Error where npm delivers other bytes than those that are pinned
 */
export async function nodeBinary(architecture: Architecture, { version, packages }: BaseLock['node']): Promise<string> {
  const { name, integrity } = packages[architecture]
  const folder = join(makeCacheDir('release', 'node'), `${name}-${version}`)
  const tarball = join(folder, `${name}-${version}.tgz`)
  if (!existsSync(tarball)) {
    mkdirSync(folder, { recursive: true })
    const work = mkdtempSync(join(folder, 'download-'))
    await run('npm', ['pack', '--silent', '--pack-destination', work, `${name}@${version}`], { cwd: work })
    renameSync(join(work, `${name}-${version}.tgz`), tarball)
    rmSync(work, { recursive: true })
  }
  const found = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  if (found !== integrity) throw new Error(`${tarball} has the integrity ${found}, and ${lockPath} pins ${integrity}: delete the file`)
  await run('tar', ['--extract', '--file', tarball, '--directory', folder, 'package/bin/node'])
  return join(folder, 'package', 'bin', 'node')
}
