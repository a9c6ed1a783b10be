import { basename, dirname, join } from 'node:path'
import { manifestOf } from '../../model/agent/task.ts'

/** Where a backup and what belongs to it lie, as absolute paths. */
export interface StoredPaths {
  readonly folder: string
  readonly file: string
  readonly manifest: string
  /** Not whole, or not proven whole: nobody takes a file of this name for a backup. */
  readonly part: string
  /** Written before the file gets its name, so that another try can tell whose it is. */
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
