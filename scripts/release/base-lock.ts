import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const architectures = ['amd64', 'arm64'] as const
export type Architecture = (typeof architectures)[number]

/** A .deb file. */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  readonly sha256: string
}

/** What the release's image is made of beside this project, to the byte: the same for everybody who builds the same commit. */
export interface BaseLock {
  readonly node: {
    readonly version: string
    /** Package of npm and its integrity, as in a package-lock.json. */
    readonly packages: Readonly<Record<Architecture, { readonly name: string; readonly integrity: string }>>
  }
  readonly debian: { readonly suite: string; readonly packages: Readonly<Record<Architecture, readonly LockedPackage[]>> }
}

export const lockPath = 'scripts/release/base.lock.json'

export function readBaseLock(root: string): BaseLock {
  return JSON.parse(readFileSync(join(root, lockPath), 'utf8')) as BaseLock
}
