import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { prepare } from '../../../../src/agent/tasks/prepare.ts'
import type { PrepareTask } from '../../../../src/model/agent/task.ts'
import { aVolume } from '../a-volume.ts'
import { mortalDisk } from '../mortal-disk.ts'
import { aSnapshot } from '../snapshot/a-snapshot.ts'

const snapshot = aSnapshot()
const task: PrepareTask = {
  do: 'prepare',
  location: 'demo/b1.db',
  size: snapshot.length,
  bodySha256: snapshot.subarray(-32).toString('hex'),
  target: 'a1b2c3',
}

function roots(data: Readonly<Record<string, string>> = {}) {
  return { backups: aVolume({ 'demo/b1.db': snapshot }), data: aVolume(data), source: aVolume({}) }
}

describe('preparing a restore', () => {
  test('removes what an interrupted try has left, and nothing else', async () => {
    const volumes = roots({
      'a1b2c3.restoring/member/snap/db': 'half',
      'a1b2c3/member/snap/db': 'published',
      '99ffee/member/snap/db': 'of an earlier incarnation',
      'lost+found/x': '',
    })
    expect(await prepare(task, volumes, mortalDisk())).toEqual({ result: 'Prepared' })
    expect(readdirSync(volumes.data).toSorted()).toEqual(['99ffee', 'a1b2c3', 'lost+found'])
    expect(existsSync(join(volumes.data, 'a1b2c3/member/snap/db'))).toBe(true)
  })

  test('follows no link when it removes', async () => {
    const volumes = roots()
    const elsewhere = aVolume({ precious: '' })
    symlinkSync(elsewhere, join(volumes.data, 'a1b2c3.restoring'))
    await prepare(task, volumes, mortalDisk())
    expect(readdirSync(volumes.data)).toEqual([])
    expect(readdirSync(elsewhere)).toEqual(['precious'])
  })

  test('copies the one file for etcdutl, and again for another try', async () => {
    const volumes = roots()
    writeFileSync(join(volumes.source, 'snapshot.db'), 'half')
    await prepare(task, volumes, mortalDisk())
    expect(readdirSync(volumes.source)).toEqual(['snapshot.db'])
    expect(readFileSync(join(volumes.source, 'snapshot.db')).equals(snapshot)).toBe(true)
  })

  test('says what is missing when the copy can not be made', async () => {
    const volumes = { ...roots(), source: '/nowhere' }
    await expect(prepare(task, volumes, mortalDisk())).rejects.toMatchObject({
      reason: 'VolumeFailed',
      message: expect.stringMatching(/copying demo\/b1\.db: .*the node's own disk has to hold the backup/),
    })
  })

  test.each([
    ['has another size', { size: task.size + 512 }, 'BackupChanged'],
    ['ends with another checksum', { bodySha256: '00'.repeat(32) }, 'BackupChanged'],
    ['is gone', { location: 'demo/b2.db' }, 'FileNotFound'],
    ['is a folder', { location: 'demo' }, 'NotAFile'],
    ['lies outside of the volume', { location: '../b1.db' }, 'NotAFile'],
  ])('is refused before anything is removed when the file %s', async (_, change, reason) => {
    const volumes = roots({ 'a1b2c3.restoring/x': '' })
    await expect(prepare({ ...task, ...change }, volumes, mortalDisk())).rejects.toMatchObject({ reason })
    expect(readdirSync(volumes.data)).toEqual(['a1b2c3.restoring'])
  })

  test.each(['', '.', '..', '../a', 'a/b', '/etc', 'a.restoring'])('is refused for the target %j', async (target) => {
    await expect(prepare({ ...task, target }, roots(), mortalDisk())).rejects.toMatchObject({ reason: 'AgentFailed' })
  })
})
