import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { binaryPath, clusterBinaries, etcdBinaries } from '../binaries.ts'
import { cacheDir, keyOf } from '../cache.ts'
import type { EtcdVersion } from '../versions.ts'
import type { Daemon } from './daemon.ts'
import { stateDir } from './layout.ts'

/** What the machine's cluster consists of; written after every step, so that a later `up` or `down` finds all of it. */
export type State = Readonly<{
  fingerprint: string
  nodes: number
  /** True once `up` has ended well. */
  complete: boolean
  daemons: readonly Daemon[]
  /** Versions whose images every node has. */
  etcdVersions: readonly EtcdVersion[]
  /** Folders outside of ours that were not there before, and that the cluster's programs insist on. */
  strayFolders: readonly string[]
}>

const stateFile = join(stateDir, 'state.json')

/** Raise it when clusters made by older code must be replaced for another reason than their versions. */
const layoutVersion = 2

/** Two clusters with the same fingerprint can stand in for each other: what one lacks, images of etcd and kubectl, is added to it. */
export function fingerprintOf(nodes: number): string {
  const binaries = [...clusterBinaries, ...etcdBinaries([])].map((name) => relative(cacheDir(), binaryPath(name)))
  return keyOf(String(layoutVersion), String(nodes), ...binaries)
}

/** Undefined when there is no cluster, or none that can be understood. */
export function readState(): State | undefined {
  try {
    return JSON.parse(readFileSync(stateFile, 'utf8')) as State
  } catch {
    return undefined
  }
}

export function writeState(state: State): void {
  mkdirSync(stateDir, { recursive: true })
  writeFileSync(`${stateFile}.new`, JSON.stringify(state, undefined, 2))
  renameSync(`${stateFile}.new`, stateFile)
}
