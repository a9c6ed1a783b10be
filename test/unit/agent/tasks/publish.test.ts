import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { publish } from '../../../../src/agent/tasks/publish.ts'
import type { PublishTask } from '../../../../src/model/agent/task.ts'
import { aVolume } from '../a-volume.ts'
import { mortalDisk } from '../mortal-disk.ts'
import { aDatabase } from '../snapshot/a-snapshot.ts'

const task: PublishTask = { do: 'publish', target: 'a1b2c3', totalKeys: 3, liveKeys: 3, revision: '7', bump: '0' }

const database = 'member/snap/db'
const log = 'member/wal/0000000000000000-0000000000000000.wal'
const restored = { [`a1b2c3.restoring/${database}`]: aDatabase(), [`a1b2c3.restoring/${log}`]: 'log' }

describe('publishing', () => {
  test('gives restored data its name, for etcd alone to read', async () => {
    const root = aVolume(restored)
    expect(await publish(task, root, mortalDisk())).toEqual({ result: 'Published' })
    expect(readdirSync(root)).toEqual(['a1b2c3'])
    expect(readFileSync(join(root, 'a1b2c3', database))).toEqual(aDatabase())
    expect(statSync(join(root, 'a1b2c3')).mode & 0o777).toBe(0o700)
  })

  test('syncs every file and every folder before the name, and the name after it', async () => {
    const root = aVolume(restored)
    const steps = mortalDisk()
    await publish(task, root, steps)
    const at = (call: string) => steps.calls.indexOf(call.replace(' ', ` ${root}/`))
    const named = at('rename a1b2c3')
    for (const path of ['', '/member', '/member/snap', `/${database}`, '/member/wal', `/${log}`]) {
      expect(at(`sync a1b2c3.restoring${path}`)).toBeGreaterThanOrEqual(0)
      expect(at(`sync a1b2c3.restoring${path}`)).toBeLessThan(named)
    }
    expect(steps.calls.at(-1)).toBe(`sync ${root}`)
  })

  test.each([
    ['revision 7 instead of 8', { revision: '8' }],
    ['number of keys 3 instead of 4', { totalKeys: 4 }],
    ['number of live keys 3 instead of 2', { liveKeys: 2 }],
  ])('is refused when the data has %s', async (message, change) => {
    const root = aVolume(restored)
    await expect(publish({ ...task, ...change }, root, mortalDisk())).rejects.toMatchObject({
      reason: 'RestoredDataDiffers',
      message: expect.stringContaining(message),
    })
    expect(readdirSync(root)).toEqual(['a1b2c3.restoring'])
  })

  test('is refused for a damaged database', async () => {
    const root = aVolume({ ...restored, [`a1b2c3.restoring/${database}`]: aDatabase().subarray(0, 5 * 4096) })
    await expect(publish(task, root, mortalDisk())).rejects.toMatchObject({ reason: 'SnapshotTruncated' })
  })

  test('leaves data alone that was published before, even when it differs by now', async () => {
    const root = aVolume({ ...restored, [`a1b2c3/${database}`]: 'in use', [`a1b2c3/${log}`]: 'log' })
    expect(await publish(task, root, mortalDisk())).toEqual({ result: 'Published' })
    expect(readdirSync(root)).toEqual(['a1b2c3'])
    expect(readFileSync(join(root, 'a1b2c3', database), 'utf8')).toBe('in use')
  })

  test('replaces what an etcd has left that found no data', async () => {
    const root = aVolume({ ...restored, [`a1b2c3/${database}`]: 'empty' })
    mkdirSync(join(root, 'a1b2c3/member/wal'))
    await publish(task, root, mortalDisk())
    expect(readFileSync(join(root, 'a1b2c3', database))).toEqual(aDatabase())
  })

  test('can be killed before any step and run again', async () => {
    const steps = mortalDisk()
    await publish(task, aVolume(restored), steps)
    for (let step = 0; step < steps.calls.length; step += 1)
      for (const powerFailure of [false, true]) {
        const root = aVolume(restored)
        await expect(publish(task, root, mortalDisk(step, { powerFailure }))).rejects.toThrow()
        expect(await publish(task, root, mortalDisk())).toEqual({ result: 'Published' })
        expect(readFileSync(join(root, 'a1b2c3', database)), `after a kill before ${steps.calls[step]}`).toEqual(aDatabase())
        expect(existsSync(join(root, 'a1b2c3.restoring'))).toBe(false)
      }
  })

  test('says that nothing was restored', async () => {
    await expect(publish(task, aVolume(), mortalDisk())).rejects.toMatchObject({ message: expect.stringContaining('a1b2c3.restoring') })
  })
})
