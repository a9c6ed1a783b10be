import { basename, dirname, join } from 'node:path'
import { manifestOf } from '../../model/agent/task.ts'

/** The files of a backup, as absolute paths. */
export interface StoredPaths {
  readonly folder: string
  readonly file: string
  readonly manifest: string
  /** A file that is not complete, or not yet verified: a file of this name never counts as a backup. */
  readonly part: string
  /** The manifest before it has its final name. It is written before the file gets its final name, so that another try knows the owner. */
  readonly manifestPart: string
}

/** @param folder the folder of `location`, absolute and without symbolic links */
export function storedPaths(folder: string, location: string): StoredPaths {
  const file = join(folder, basename(location))
  return { folder, file, manifest: manifestOf(file), part: `${file}.part`, manifestPart: `${manifestOf(file)}.part` }
}

/** The folder of a location, relative to the volume. */
export function folderOf(location: string): string {
  return dirname(location)
}

/** This folder and those above it, up to the volume itself. */
export function foldersUpTo(volume: string, folder: string): readonly string[] {
  return folder === volume ? [volume] : [folder, ...foldersUpTo(volume, dirname(folder))]
}
