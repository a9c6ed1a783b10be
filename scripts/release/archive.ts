import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { run } from '../../test/cluster/command.ts'

/**
 * Archives a folder so that the same content gives the same bytes: sorted, without owners and times. Modes are kept, or with `anyMode`
 * made what git keeps of them.
 */
export async function tarFolder(
  folder: string,
  file: string,
  options: { anyMode?: boolean; paths?: readonly string[] } = {},
): Promise<void> {
  const modes = options.anyMode ? ['--mode=u=rwX,go=rX'] : []
  const fixed = ['--format=gnu', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  await run('tar', ['--create', '--file', file, '--directory', folder, ...fixed, ...modes, ...(options.paths ?? ['.'])], {
    env: { ...process.env, LC_ALL: 'C' },
  })
}

/**
 * Compresses a file into `<file>.gz`, without its name and time. By gzip and not by Node's zlib, whose output differs between
 * processors.
 */
export async function gzip(file: string): Promise<string> {
  await run('gzip', ['--no-name', '--force', '-6', file])
  return `${file}.gz`
}

/** In hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(part as Buffer)
  return hash.digest('hex')
}
