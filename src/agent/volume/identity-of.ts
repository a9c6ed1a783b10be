import { lstatSync } from 'node:fs'
import type { FileIdentity } from './disk.ts'
import { errnoOf } from './volume-refusal.ts'

/** The file that has this name now; undefined: none. Doesn't follow a symbolic link. */
export function identityOf(path: string): (FileIdentity & { readonly isFile: boolean }) | undefined {
  try {
    const stats = lstatSync(path, { bigint: true })
    return { dev: stats.dev, ino: stats.ino, isFile: stats.isFile() }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

export function isSameFile(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}
