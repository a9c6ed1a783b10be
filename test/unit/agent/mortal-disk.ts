import { existsSync, fstatSync, ftruncateSync, openSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Disk, disk, type NewFile } from '../../../src/agent/volume/disk.ts'

export class Killed extends Error {}

interface MortalDisk extends Disk {
  /** What was asked of it: `create demo/b1.db.part`, one line for each call. */
  readonly calls: readonly string[]
}

/**
 * The real disk, for a program that is killed just before one of its calls, counted from 0: no call is carried out from then
 * on, so that nothing can be tidied up either. A killed write may have got half of its bytes out.
 *
 * With `powerFailure` what was written and not yet synced is gone as well: a file's bytes, and the names in a folder.
 */
export function mortalDisk(killedBefore = Number.POSITIVE_INFINITY, { powerFailure = false } = {}): MortalDisk {
  const calls: string[] = []
  const lost = new Map<string, (() => void)[]>()

  const onLoss = (place: string, undo: () => void) => lost.set(place, [undo, ...(lost.get(place) ?? [])])
  const enter = (call: string) => {
    calls.push(call)
    if (calls.length <= killedBefore) return
    if (powerFailure) for (const undo of [...lost.values()].flat()) undo()
    lost.clear()
    throw new Killed(`killed before ${call}`)
  }
  const mortalFile = (path: string, file: NewFile): NewFile => ({
    async append(pieces) {
      if (calls.length === killedBefore) await file.append([Buffer.concat([...pieces]).subarray(0, 700)])
      enter(`append ${path}`)
      await file.append(pieces)
    },
    async sync() {
      enter(`sync ${path}`)
      await file.sync()
      lost.delete(path)
    },
    identity: () => file.identity(),
    close: () => file.close(),
  })
  return {
    calls,
    async create(path) {
      enter(`create ${path}`)
      const file = await disk.create(path)
      const fd = openSync(path, 'r+') // The bytes are lost under whatever name.
      const { ino } = fstatSync(fd)
      onLoss(path, () => ftruncateSync(fd))
      onLoss(dirname(path), () => existsSync(path) && statSync(path).ino === ino && unlinkSync(path))
      return mortalFile(path, file)
    },
    async link(existing, path) {
      enter(`link ${path}`)
      await disk.link(existing, path)
      onLoss(dirname(path), () => unlinkSync(path))
    },
    async rename(from, to) {
      enter(`rename ${to}`)
      const isNew = !existsSync(to)
      await disk.rename(from, to)
      if (isNew) onLoss(dirname(to), () => renameSync(to, from))
    },
    async remove(path) {
      enter(`remove ${path}`)
      await disk.remove(path)
    },
    async removeTree(path) {
      enter(`removeTree ${path}`)
      rmSync(path, { recursive: true, force: true })
    },
    async sync(path) {
      enter(`sync ${path}`)
      await disk.sync(path)
      lost.delete(path)
    },
  }
}
