import { existsSync, globSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { deleteBackup } from '../../../../src/agent/tasks/delete.ts'
import type { BackupManifest, DeleteTask } from '../../../../src/model/agent/task.ts'
import { aManifest, someFacts } from '../a-manifest.ts'
import { aVolume } from '../a-volume.ts'
import { mortalDisk } from '../mortal-disk.ts'
import { aSnapshot } from '../snapshot/a-snapshot.ts'

const task: DeleteTask = { do: 'delete', backupUid: 'uid-b1', location: 'demo/b1.db' }
const snapshot = aSnapshot()
const ours = text(aManifest({ ...someFacts, size: snapshot.length, bodySha256: snapshot.subarray(-32).toString('hex') }))
const theirs = text({ ...aManifest(), backup: { namespace: 'default', name: 'b1', uid: 'other' } })

const left = (root: string) => globSync('demo/*', { cwd: root }).toSorted()

async function afterDelete(files: Readonly<Record<string, string | Uint8Array>>): Promise<readonly string[]> {
  const root = aVolume({ 'demo/b2.db': 'of another backup', ...files })
  expect(await deleteBackup(task, root, mortalDisk())).toEqual({ result: 'Deleted' })
  return left(root).filter((path) => path !== 'demo/b2.db')
}

describe('deleting a backup', () => {
  test('removes its file and its manifest, and nothing beside them', async () => {
    expect(await afterDelete({ 'demo/b1.db': snapshot, 'demo/b1.db.json': ours })).toEqual([])
  })

  test('removes what a killed try has left', async () => {
    expect(await afterDelete({ 'demo/b1.db.part': 'half', 'demo/b1.db.json.part': '{"for' })).toEqual([])
    expect(await afterDelete({ 'demo/b1.db.part': 'half' })).toEqual([])
    expect(await afterDelete({ 'demo/b1.db.part': snapshot, 'demo/b1.db.json.part': ours })).toEqual([])
  })

  test('removes a file whose manifest had no time to get its name', async () => {
    expect(await afterDelete({ 'demo/b1.db': snapshot, 'demo/b1.db.json.part': ours })).toEqual([])
  })

  test('leaves a file alone that took the name while such a manifest lay there', async () => {
    expect(await afterDelete({ 'demo/b1.db': 'precious', 'demo/b1.db.json.part': ours })).toEqual(['demo/b1.db'])
  })

  test.each([
    ['another backup stored', { 'demo/b1.db': snapshot, 'demo/b1.db.json': theirs }],
    ['another backup is storing', { 'demo/b1.db.part': snapshot, 'demo/b1.db.json.part': theirs }],
    ['another backup stored, its parts included', { 'demo/b1.db': snapshot, 'demo/b1.db.json': theirs, 'demo/b1.db.part': 'x' }],
    ['nobody describes', { 'demo/b1.db': snapshot }],
    ['an unreadable manifest describes', { 'demo/b1.db': snapshot, 'demo/b1.db.json': 'no json' }],
  ])('leaves alone what %s', async (_, files) => {
    expect(await afterDelete(files)).toEqual(Object.keys(files).toSorted())
  })

  test('is done when there is no such folder, or a link in its place', async () => {
    const root = aVolume()
    expect(await deleteBackup(task, root, mortalDisk())).toEqual({ result: 'Deleted' })
    const elsewhere = aVolume({ 'b1.db': snapshot, 'b1.db.json': ours })
    symlinkSync(elsewhere, join(root, 'demo'))
    expect(await deleteBackup(task, root, mortalDisk())).toEqual({ result: 'Deleted' })
    expect(readdirSync(elsewhere)).toEqual(['b1.db', 'b1.db.json'])
  })

  test('can be killed before any step and run again', async () => {
    const files = { 'demo/b1.db': snapshot, 'demo/b1.db.json': ours, 'demo/b1.db.part': 'half' }
    const steps = mortalDisk()
    await deleteBackup(task, aVolume(files), steps)
    expect(steps.calls.length).toBeGreaterThan(3)
    for (let step = 0; step < steps.calls.length; step += 1) {
      const root = aVolume(files)
      await expect(deleteBackup(task, root, mortalDisk(step))).rejects.toThrow()
      expect(await deleteBackup(task, root, mortalDisk())).toEqual({ result: 'Deleted' })
      expect(left(root), `after a kill before ${steps.calls[step]}`).toEqual([])
    }
  })

  test('says so when the volume itself is missing', async () => {
    const root = join(aVolume(), 'nowhere')
    await expect(deleteBackup(task, root, mortalDisk())).rejects.toMatchObject({ reason: 'VolumeFailed' })
    expect(existsSync(root)).toBe(false)
  })
})

function text(manifest: BackupManifest): string {
  return JSON.stringify(manifest)
}
