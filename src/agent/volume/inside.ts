import { lstatSync, mkdirSync, readdirSync, realpathSync, type Stats } from 'node:fs'
import { join, relative } from 'node:path'
import { mostLike } from '../../model/those-that-exist.ts'
import { Refusal } from '../refusal.ts'
import { errnoOf, volumeRefusal } from './volume-refusal.ts'

/**
 * The absolute path of a regular file of the volume. Every part of the path is checked: a symbolic link would lead out of the
 * volume, and anybody who may write to the volume can create one.
 *
 * @param root where the volume is mounted
 * @param location relative to it: `demo/b1.db`
 * @throws Refusal `FileNotFound`, `NotAFile`, `VolumeFailed`
 */
export function fileInside(root: string, location: string): string {
  const names = namesOf(location)
  const name = names.pop() ?? ''
  const folder = folderInside(root, names.join('/'))
  const stats = look(folder, name, location)
  if (!stats.isFile()) throw new Refusal('NotAFile', `${location} is ${kindOf(stats)}, not a file`)
  return join(folder, name)
}

/**
 * The absolute path of a folder of the volume; '' is the volume itself. With `create` a missing folder is created.
 *
 * @throws Refusal `FileNotFound`, `NotAFile`, `VolumeReadOnly`, `VolumeFull`, `VolumeFailed`
 */
export function folderInside(root: string, path: string, { create = false }: { readonly create?: boolean } = {}): string {
  const names = path === '' || path === '.' ? [] : namesOf(path)
  const volume = realpath(root)
  const folder = names.reduce((parent, name) => subfolder(volume, parent, name, create), volume)
  if (realpath(folder) !== folder) throw new Refusal('NotAFile', `${path} leads to ${realpath(folder)}, out of the volume`)
  return folder
}

function namesOf(location: string): string[] {
  const names = location.split('/')
  if (names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0')))
    throw new Refusal('NotAFile', `${JSON.stringify(location)} is not a path inside the volume`)
  return names
}

function subfolder(volume: string, parent: string, name: string, create: boolean): string {
  const path = join(parent, name)
  const shown = relative(volume, path)
  if (create) make(path, shown)
  const stats = look(parent, name, shown)
  if (!stats.isDirectory()) throw new Refusal('NotAFile', `${shown} is ${kindOf(stats)}, not a folder`)
  return path
}

function make(path: string, shown: string): void {
  try {
    mkdirSync(path, 0o700)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw volumeRefusal(error, `creating the folder ${shown}`)
  }
}

function look(parent: string, name: string, shown: string): Stats {
  try {
    return lstatSync(join(parent, name))
  } catch (error) {
    throw errnoOf(error) === 'ENOENT'
      ? new Refusal('FileNotFound', `${shown} is not on the volume${filesIn(parent, shown)}`, { cause: error })
      : unreadable(error, shown)
  }
}

/** Names the backups in the folder where the file was looked for. Other files are not named: the volume may belong to somebody else. */
function filesIn(folder: string, asked: string): string {
  if (!asked.endsWith('.db')) return ''
  const parts = asked.split('/')
  const name = parts.pop() ?? ''
  return `; backups in ${parts.join('/') || 'the volume'}: ${mostLike(name, namesIn(folder))}`
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.db'))
  } catch (error) {
    throw unreadable(error, folder)
  }
}

function realpath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw unreadable(error, path)
  }
}

/** The refusal for an error of a call that only reads. */
export function unreadable(error: unknown, shown: string): Refusal {
  const code = errnoOf(error)
  if (error instanceof Refusal || code === undefined) return volumeRefusal(error, `reading ${shown}`)
  const wayOut =
    code === 'EACCES' || code === 'EPERM' ? 'it must be readable for user and group 65532' : 'look at the volume and at its storage system'
  return new Refusal('VolumeFailed', `reading ${shown}: ${code}: ${wayOut}`, { cause: error })
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link'
  if (stats.isDirectory()) return 'a folder'
  return stats.isFile() ? 'a file' : 'a device, pipe or socket'
}
