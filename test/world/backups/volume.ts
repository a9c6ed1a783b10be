/**
 * The folder of a volume that backups are stored in, as a file system keeps it: names lead to files, and what was not
 * synced may be lost when the machine ends. A journal keeps the order of the names: after a crash they are those of some
 * moment since the last sync.
 */
export interface Volume {
  readonly names: Names
  /** Those that a crash may bring back, besides the present ones. */
  readonly earlier: readonly Names[]
  readonly files: Readonly<Record<number, File>>
  /** Its claim was deleted: it goes when no pod has it mounted any more. */
  readonly deleting: boolean
}

/** Name -> number of the file, which belongs to it for as long as it exists. */
export type Names = Readonly<Record<string, number>>

export interface File {
  /** UID of the EtcdBackup that it was written for, or who else wrote it. */
  readonly of: string
  /**
   * - `half`     not all of it was written
   * - `whole`    what the member sent
   * - `damaged`  something else arrived
   * - `lost`     it was not synced when the machine ended
   */
  readonly content: 'half' | 'whole' | 'damaged' | 'lost'
  readonly synced: boolean
  /** Of a manifest: the file that it describes. */
  readonly describes?: number
}

/** What a backup named `often-1` has on the volume. */
export interface Paths {
  readonly file: string
  readonly manifest: string
  readonly part: string
  readonly manifestPart: string
}

export function pathsOf(backup: string): Paths {
  const file = `${backup}.db`
  return { file, manifest: `${file}.json`, part: `${file}.part`, manifestPart: `${file}.json.part` }
}

export const emptyVolume: Volume = { names: {}, earlier: [], files: {}, deleting: false }

export function named(volume: Volume, name: string): File | undefined {
  return volume.files[volume.names[name] ?? -1]
}

export function create(volume: Volume, name: string, file: File): Volume {
  const id = 1 + Math.max(0, ...Object.keys(volume.files).map(Number))
  return rename({ ...volume, files: { ...volume.files, [id]: file } }, { [name]: id })
}

/** A number gives a name to a file, undefined takes it away. */
export function rename(volume: Volume, changes: Readonly<Record<string, number | undefined>>): Volume {
  const before = volume.names
  const names: Record<string, number> = {}
  for (const [name, id] of Object.entries({ ...before, ...changes })) if (id !== undefined) names[name] = id
  return { ...volume, names, earlier: [...volume.earlier, before] }
}

export function remove(volume: Volume, name: string): Volume {
  return volume.names[name] === undefined ? volume : rename(volume, { [name]: undefined })
}

export function change(volume: Volume, id: number, changes: Partial<File>): Volume {
  const file = volume.files[id]
  return file === undefined ? volume : { ...volume, files: { ...volume.files, [id]: { ...file, ...changes } } }
}

export function syncFolder(volume: Volume): Volume {
  return { ...volume, earlier: [] }
}

/** What the volume may hold after the machine has ended. */
export function crashed(volume: Volume): readonly Volume[] {
  const kept = Object.entries(volume.files).map(([id, file]) => [
    id,
    file.synced ? file : { ...file, content: 'lost' as const, synced: true },
  ])
  return momentsOf(volume).map((names) => ({ ...volume, names, earlier: [], files: Object.fromEntries(kept) }))
}

/** Whether a whole file and a whole manifest of this backup are there, whatever happens to the machine now. */
export function isStored(volume: Volume, backup: string, uid: string): boolean {
  const { file, manifest } = pathsOf(backup)
  return momentsOf(volume).every((names) => {
    const [stored, description] = [volume.files[names[file] ?? -1], volume.files[names[manifest] ?? -1]]
    return isSound(stored, uid) && isSound(description, uid) && description?.describes === names[file]
  })
}

/** Whether anything that this backup wrote is there under a name, or may be after a crash. */
export function holdsAnythingOf(volume: Volume, uid: string): boolean {
  return momentsOf(volume).some((names) => Object.values(names).some((id) => volume.files[id]?.of === uid))
}

function momentsOf({ earlier, names }: Volume): readonly Names[] {
  return [...earlier, names]
}

function isSound(file: File | undefined, uid: string): boolean {
  return file?.of === uid && file.content === 'whole' && file.synced
}
