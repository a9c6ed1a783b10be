import type { AgentReason } from '../../../src/api/reasons.ts'
import type { AgentResult } from '../../../src/model/agent/task.ts'
import { backedUp } from '../../builders/a-backup.ts'
import { change, create, named, type Paths, pathsOf, remove, rename, syncFolder, type Volume } from './volume.ts'

/** A run of the agent: what it does next, and what it keeps in mind. It may be ended between any two steps. */
export interface Process {
  readonly uid: string
  readonly backup: string
  readonly at: StepName
  /** The file that it writes. */
  readonly ours?: number
  /** Names that it is still to remove. */
  readonly toRemove?: readonly string[]
}

export type Moved =
  | { readonly kind: 'goes-on'; readonly volume: Volume; readonly process: Process }
  | { readonly kind: 'ends'; readonly volume: Volume; readonly result: AgentResult }

type Step = (process: Process, volume: Volume, paths: Paths) => Moved

export type StepName =
  | 'looks whether an earlier try stored it'
  | 'removes an old .part'
  | 'creates the .part'
  | 'receives the snapshot'
  | 'syncs the .part'
  | 'reads it back'
  | 'removes an old draft'
  | 'creates the draft'
  | 'writes the draft'
  | 'syncs the draft'
  | 'gives the file its name'
  | 'removes the .part'
  | 'syncs the folder'
  | 'gives the manifest its name'
  | 'syncs the folder again'
  | 'removes what is left of the .part'
  | 'finishes the manifest'
  | 'reports'
  | 'looks what is its own'
  | 'removes'
  | 'syncs the removal'

export function startBackup(uid: string, backup: string): Process {
  return { uid, backup, at: 'looks whether an earlier try stored it' }
}

export function startRemoval(uid: string, backup: string): Process {
  return { uid, backup, at: 'looks what is its own' }
}

/** One step more. */
export function move(process: Process, volume: Volume): Moved {
  return steps[process.at](process, volume, pathsOf(process.backup))
}

/** The agent of src/agent, one change of the volume at a time; agent.test.ts holds the two together. */
const steps: Readonly<Record<StepName, Step>> = {
  'looks whether an earlier try stored it': (process, volume, paths) => {
    const { file, manifest, manifestPart } = paths
    const isNamed = named(volume, manifest) !== undefined
    if (named(volume, file) === undefined)
      return isNamed && !describesOwn(process, volume, manifest)
        ? fail(process, volume, 'FileExists')
        : next(process, volume, 'removes an old .part')
    const isOwn = describesOwn(process, volume, isNamed ? manifest : manifestPart) && named(volume, file)?.content === 'whole'
    return isOwn ? next(process, volume, 'removes what is left of the .part') : fail(process, volume, 'FileExists')
  },
  'removes an old .part': (process, volume, { part }) => next(process, remove(volume, part), 'creates the .part'),
  'creates the .part': (process, volume, { part }) => {
    if (named(volume, part) !== undefined) return fail(process, volume, 'VolumeFailed')
    const made = create(volume, part, { of: process.uid, content: 'half', synced: false })
    return next({ ...process, ...oursAt(made, part) }, made, 'receives the snapshot')
  },
  'receives the snapshot': (process, volume) => next(process, changeOurs(process, volume, { content: 'whole' }), 'syncs the .part'),
  'syncs the .part': (process, volume) => next(process, changeOurs(process, volume, { synced: true }), 'reads it back'),
  'reads it back': (process, volume, { part }) =>
    named(volume, part)?.content === 'whole' ? next(process, volume, 'removes an old draft') : fail(process, volume, 'SnapshotDamaged'),
  'removes an old draft': (process, volume, { manifestPart }) => next(process, remove(volume, manifestPart), 'creates the draft'),
  'creates the draft': (process, volume, { manifestPart }) => {
    if (named(volume, manifestPart) !== undefined) return fail(process, volume, 'VolumeFailed')
    const draft = { of: process.uid, content: 'half' as const, synced: false, describes: process.ours ?? -1 }
    return next(process, create(volume, manifestPart, draft), 'writes the draft')
  },
  'writes the draft': (process, volume, { manifestPart }) =>
    next(process, change(volume, volume.names[manifestPart] ?? -1, { content: 'whole' }), 'syncs the draft'),
  'syncs the draft': (process, volume, { manifestPart }) =>
    next(process, change(volume, volume.names[manifestPart] ?? -1, { synced: true }), 'gives the file its name'),
  'gives the file its name': (process, volume, { part, file }) => {
    if (process.ours === undefined || volume.names[part] !== process.ours) return fail(process, volume, 'VolumeFailed')
    if (named(volume, file) !== undefined) return fail(process, volume, 'FileExists')
    return next(process, rename(volume, { [file]: process.ours }), 'removes the .part')
  },
  'removes the .part': (process, volume, { part }) => next(process, remove(volume, part), 'syncs the folder'),
  'syncs the folder': (process, volume) => next(process, syncFolder(volume), 'gives the manifest its name'),
  'gives the manifest its name': (process, volume, paths) => next(process, nameManifest(volume, paths), 'syncs the folder again'),
  'syncs the folder again': (process, volume) => next(process, syncFolder(volume), 'reports'),

  // What an earlier try stored.
  'removes what is left of the .part': (process, volume, { part }) => next(process, remove(volume, part), 'finishes the manifest'),
  'finishes the manifest': (process, volume, paths) => {
    const isNamed = named(volume, paths.manifest) !== undefined
    return next(process, isNamed ? remove(volume, paths.manifestPart) : nameManifest(volume, paths), 'syncs the folder again')
  },
  reports: (_, volume) => ({ kind: 'ends', volume, result: backedUp }),

  'looks what is its own': (process, volume, paths) => removing({ ...process, toRemove: ownNames(process, volume, paths) }, volume),
  removes: (process, volume) => {
    const [name = '', ...toRemove] = process.toRemove ?? []
    return removing({ ...process, toRemove }, remove(volume, name))
  },
  'syncs the removal': (_, volume) => ({ kind: 'ends', volume: syncFolder(volume), result: { result: 'Deleted' } }),
}

function next(process: Process, volume: Volume, at: StepName): Moved {
  return { kind: 'goes-on', volume, process: { ...process, at } }
}

/** What a failure leaves is removed, unless it has its final name or isn't this run's. */
export function fail(process: Process, volume: Volume, reason: AgentReason): Moved {
  const { file, part, manifestPart } = pathsOf(process.backup)
  const isOwn = process.ours !== undefined && volume.names[file] !== process.ours && volume.names[part] === process.ours
  const left = isOwn ? remove(remove(volume, part), manifestPart) : volume
  return { kind: 'ends', volume: left, result: { result: 'Failed', reason, message: reason } }
}

function oursAt(volume: Volume, name: string): Pick<Process, 'ours'> {
  const ours = volume.names[name]
  return ours === undefined ? {} : { ours }
}

function changeOurs({ ours }: Process, volume: Volume, changes: Parameters<typeof change>[2]): Volume {
  return change(volume, ours ?? -1, changes)
}

function nameManifest(volume: Volume, { manifest, manifestPart }: Paths): Volume {
  return rename(volume, { [manifest]: volume.names[manifestPart], [manifestPart]: undefined })
}

/** Whether a manifest can be read, is this backup's and describes the file that has the backup's name. */
function describesOwn({ uid, backup }: Process, volume: Volume, manifest: string): boolean {
  const found = named(volume, manifest)
  if (found?.of !== uid || found.content !== 'whole') return false
  const stored = volume.names[pathsOf(backup).file]
  return stored === undefined || found.describes === stored
}

function ownNames({ uid }: Process, volume: Volume, { file, manifest, part, manifestPart }: Paths): readonly string[] {
  const [owner, drafter] = [ownerOf(volume, manifest), ownerOf(volume, manifestPart)]
  if (owner !== undefined && owner !== uid) return drafter === uid ? [manifestPart] : []
  const isDescribed = named(volume, manifestPart)?.describes === volume.names[file] && named(volume, file)?.content === 'whole'
  const isStored = owner === uid || (named(volume, manifest) === undefined && drafter === uid && isDescribed)
  const isLeftOver = drafter === undefined || drafter === uid
  return [...(isStored ? [file] : []), ...(isLeftOver ? [part, manifestPart] : []), ...(owner === uid ? [manifest] : [])]
}

/** A manifest that can't be read tells of no owner. */
function ownerOf(volume: Volume, manifest: string): string | undefined {
  const found = named(volume, manifest)
  return found?.content === 'whole' ? found.of : undefined
}

function removing(process: Process, volume: Volume): Moved {
  return next(process, volume, process.toRemove?.length ? 'removes' : 'syncs the removal')
}
