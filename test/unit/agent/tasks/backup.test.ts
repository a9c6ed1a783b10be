import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SnapshotSource } from '../../../../src/adapters/etcd/snapshot-source.ts'
import { readSnapshot } from '../../../../src/agent/snapshot/read-snapshot.ts'
import { type BackupTools, backUp } from '../../../../src/agent/tasks/backup.ts'
import type { Disk } from '../../../../src/agent/volume/disk.ts'
import { readManifest } from '../../../../src/agent/volume/manifest.ts'
import type { BackupTask } from '../../../../src/model/agent/task.ts'
import { aManifest } from '../a-manifest.ts'
import { aCutOffSource, aSilentSource, aSource } from '../a-source.ts'
import { aVolume } from '../a-volume.ts'
import { mortalDisk } from '../mortal-disk.ts'
import { aSnapshot, put } from '../snapshot/a-snapshot.ts'

const task: BackupTask = {
  do: 'backup',
  backup: { namespace: 'default', name: 'b1', uid: 'uid-b1', startTime: '2026-11-21T10:00:00Z' },
  cluster: { name: 'demo', uid: 'uid-demo', spec: { size: 3 } },
  clusterId: '7c1e0b',
  endpoints: [{ member: 'demo-0', url: 'http://10.0.0.1:2379' }],
  location: 'demo/b1.db',
}
const now = () => new Date('2026-11-21T10:00:05.678Z')

function tools(source: SnapshotSource = aSource(), disk: Disk = mortalDisk()): BackupTools {
  return { disk, connect: () => source, now, stopping: new AbortController().signal, log: () => {} }
}

/** Takes the sources in the order of the endpoints demo-0, demo-1 and so on. */
function among(...sources: readonly SnapshotSource[]): readonly [BackupTask, BackupTools] {
  const endpoints = sources.map((_, index) => ({ member: `demo-${index}`, url: `http://10.0.0.${index}:2379` }))
  const connect = (url: string) => sources[Number(/(\d+):2379$/.exec(url)?.[1])] ?? aSilentSource()
  return [
    { ...task, endpoints },
    { ...tools(), connect },
  ]
}

const names = (root: string) => readdirSync(join(root, 'demo')).toSorted()
const content = (root: string, name = 'b1.db') => readFileSync(join(root, 'demo', name))

describe('a backup', () => {
  test('of a cluster that nobody has written to is complete: etcd begins to count at 1, and stores nothing for it', async () => {
    const empty = aSnapshot({ records: [] })
    expect(await backUp(task, aVolume(), tools(aSource({ snapshot: empty, revision: '1' })))).toMatchObject({ result: 'BackedUp' })
  })

  test('stores what the member sent, readable by its owner alone, with a manifest beside it', async () => {
    const root = aVolume()
    const result = await backUp(task, root, tools())

    const snapshot = aSnapshot()
    expect(content(root)).toEqual(snapshot)
    expect(result).toMatchObject({
      result: 'BackedUp',
      member: 'demo-0',
      clusterId: '7c1e0b',
      etcdVersion: '3.6.16',
      completionTime: '2026-11-21T10:00:05Z',
      snapshot: { sha256: createHash('sha256').update(snapshot).digest('hex'), revision: '7', size: snapshot.length },
    })
    expect(names(root)).toEqual(['b1.db', 'b1.db.json'])
    expect(statSync(join(root, 'demo/b1.db')).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, 'demo')).mode & 0o777).toBe(0o700)
  })

  test('describes itself completely in its manifest', async () => {
    const root = aVolume()
    await backUp(task, root, tools())
    const facts = readSnapshot(join(root, 'demo/b1.db'))
    expect(readManifest(join(root, 'demo/b1.db.json'))).toEqual({
      format: 1,
      backup: { namespace: 'default', name: 'b1', uid: 'uid-b1' },
      cluster: { name: 'demo', uid: 'uid-demo', spec: { size: 3 } },
      authEnabled: false,
      status: {
        phase: 'Completed',
        location: 'demo/b1.db',
        clusterID: '7c1e0b',
        member: 'demo-0',
        etcdVersion: '3.6.16',
        revision: '7',
        size: '44Ki',
        totalKeys: facts.totalKeys,
        sha256: facts.sha256,
        startTime: '2026-11-21T10:00:00Z',
        completionTime: '2026-11-21T10:00:05Z',
        verified: { time: '2026-11-21T10:00:05Z', result: 'Passed' },
      },
      snapshot: facts,
    })
  })

  test('lies in the folders that its location names', async () => {
    const root = aVolume()
    await backUp({ ...task, location: 'team a/prod/b1.db' }, root, tools())
    expect(existsSync(join(root, 'team a/prod/b1.db'))).toBe(true)
  })

  test('never leaves the volume through a symbolic link', async () => {
    const [root, elsewhere] = [aVolume(), aVolume()]
    symlinkSync(elsewhere, join(root, 'demo'))
    await expect(backUp(task, root, tools())).rejects.toMatchObject({ reason: 'NotAFile' })
    expect(readdirSync(elsewhere)).toEqual([])
  })
})

describe('a file of that name', () => {
  test('is never touched when another backup stored it', async () => {
    const files = {
      'demo/b1.db': aSnapshot(),
      'demo/b1.db.json': JSON.stringify({ ...aManifest(), backup: { ...task.backup, uid: 'other' } }),
    }
    const root = aVolume(files)
    await expect(backUp(task, root, tools())).rejects.toMatchObject({ reason: 'FileExists' })
    expect(content(root, 'b1.db.json').toString()).toBe(files['demo/b1.db.json'])
    expect(names(root)).toEqual(['b1.db', 'b1.db.json'])
  })

  test.each([
    ['nobody knows whose it is', {}],
    ['its manifest is unreadable', { 'demo/b1.db.json': '{"format": 1' }],
    ['it is not what our manifest describes', { 'demo/b1.db.json': JSON.stringify(aManifest()) }],
  ])('is never touched when %s', async (_, beside) => {
    const root = aVolume({ 'demo/b1.db': 'precious', ...beside })
    await expect(backUp(task, root, tools())).rejects.toMatchObject({ reason: 'FileExists' })
    expect(content(root).toString()).toBe('precious')
  })

  test('is not taken either when only the manifest of another backup is left of it', async () => {
    const root = aVolume({ 'demo/b1.db.json': JSON.stringify({ ...aManifest(), backup: { ...task.backup, uid: 'other' } }) })
    await expect(backUp(task, root, tools())).rejects.toMatchObject({ reason: 'FileExists' })
    expect(names(root)).toEqual(['b1.db.json'])
  })

  test('may be a link to elsewhere: it stays', async () => {
    const root = aVolume({ 'demo/other': 'x' })
    symlinkSync('nowhere', join(root, 'demo/b1.db'))
    await expect(backUp(task, root, tools())).rejects.toMatchObject({ reason: 'FileExists' })
  })

  test('that appears while the backup is taken is never overwritten', async () => {
    const root = aVolume({ 'demo/other': '' })
    const source = aSource({ onPiece: () => writeFileSync(join(root, 'demo/b1.db'), 'precious') })
    await expect(backUp(task, root, tools(source))).rejects.toMatchObject({ reason: 'FileExists' })
    expect(content(root).toString()).toBe('precious')
    expect(names(root)).toEqual(['b1.db', 'other'])
  })

  test('is reported as the backup when this very backup had stored it', async () => {
    const root = aVolume()
    const first = await backUp(task, root, tools())
    const second = await backUp(task, root, tools(aSilentSource()))
    expect(second).toEqual({ ...first, streamMs: 0, verifyMs: expect.any(Number) })
  })
})

describe('a .part', () => {
  test('that an earlier try left is begun anew', async () => {
    const root = aVolume({ 'demo/b1.db.part': 'half', 'demo/b1.db.json.part': 'ha' })
    await backUp(task, root, tools())
    expect(names(root)).toEqual(['b1.db', 'b1.db.json'])
    expect(content(root)).toEqual(aSnapshot())
  })

  test('that another process has put in the place of ours is not published, and stays', async () => {
    const root = aVolume({ 'demo/other': '' })
    const replace = () => {
      writeFileSync(join(root, 'demo/theirs'), 'half')
      renameSync(join(root, 'demo/theirs'), join(root, 'demo/b1.db.part'))
    }
    const result = backUp(task, root, tools(aSource({ onPiece: (sent) => sent > 20_000 && replace() })))
    await expect(result).rejects.toMatchObject({ reason: 'VolumeFailed' })
    expect(existsSync(join(root, 'demo/b1.db'))).toBe(false)
    expect(content(root, 'b1.db.part').toString()).toBe('half')
  })
})

describe('what the member sends', () => {
  test.each([1, 31, 512, 544, 4096 + 32, 20_000, 45_056, 45_056 + 31])('is given up when it ends after %i bytes', async (cutAt) => {
    const root = aVolume()
    await expect(backUp(task, root, tools(aSource({ cutAt })))).rejects.toMatchObject({ reason: 'SnapshotInterrupted' })
    expect(names(root)).toEqual([])
  })

  test.each([
    ['truncated where it still looks whole', aSnapshot().subarray(0, 8 * 4096 + 32), 'SnapshotTruncated'],
    ['another than its checksum says', flipped(aSnapshot(), 20_000), 'SnapshotDamaged'],
    ['older than what a majority has confirmed', aSnapshot({ records: [put(2, 'a')] }), 'SnapshotTooOld'],
    ['nothing', Buffer.alloc(0), 'NotASnapshot'],
  ])('is refused when it is %s', async (_, snapshot, reason) => {
    const root = aVolume()
    await expect(backUp(task, root, tools(aSource({ snapshot })))).rejects.toMatchObject({
      reason,
      message: expect.stringContaining('demo-0'),
    })
    expect(names(root)).toEqual([])
  })
})

test('a failure is told even when nothing can be tidied up after it', async () => {
  const stuck: Disk = { ...mortalDisk(), remove: (path) => (existsSync(path) ? Promise.reject(new Error('stuck')) : Promise.resolve()) }
  await expect(backUp(task, aVolume(), tools(aSource({ cutAt: 20_000 }), stuck))).rejects.toMatchObject({ reason: 'SnapshotInterrupted' })
})

describe('the member that is asked', () => {
  test('is the next one when the best has lost the majority', async () => {
    const result = await backUp(...withRoot(among(aCutOffSource({ raftAppliedIndex: 99 }), aSource())))
    expect(result).toMatchObject({ result: 'BackedUp', member: 'demo-1' })
  })

  test('is none when nobody has a majority: that may change', async () => {
    const root = aVolume()
    const [some, with_] = among(aCutOffSource(), aSilentSource())
    await expect(backUp(some, root, with_)).rejects.toMatchObject({
      reason: 'NoHealthyMember',
      message: expect.stringContaining('demo-0: no majority'),
    })
    expect(names(root)).toEqual([])
  })
})

describe('killed', () => {
  for (const powerFailure of [false, true])
    test(`before any step${powerFailure ? ', by a power failure' : ''}, it is taken once by the next try`, async () => {
      const steps = mortalDisk()
      await backUp(task, aVolume(), tools(aSource(), steps))
      expect(steps.calls.length).toBeGreaterThan(10)

      for (let step = 0; step < steps.calls.length; step += 1) {
        const root = aVolume()
        const killed = backUp(task, root, tools(aSource(), mortalDisk(step, { powerFailure })))
        await expect(killed, `before ${steps.calls[step]}`).rejects.toThrow()
        expectNothingHalf(root)
        expect(await backUp(task, root, tools()), `after a kill before ${steps.calls[step]}`).toMatchObject({ result: 'BackedUp' })
        expect(names(root)).toEqual(['b1.db', 'b1.db.json'])
        expect(content(root)).toEqual(aSnapshot())
        expect(readManifest(join(root, 'demo/b1.db.json'))?.snapshot).toEqual(readSnapshot(join(root, 'demo/b1.db')))
      }
    })
})

describe('where the name was linked and the answer lost', () => {
  test('a backup is stored', async () => {
    const disk = mortalDisk()
    const forgetful: Disk = {
      ...disk,
      async link(existing, path) {
        await disk.link(existing, path)
        throw Object.assign(new Error('EEXIST: file already exists, link'), { code: 'EEXIST', syscall: 'link' })
      },
    }
    const root = aVolume()
    expect(await backUp(task, root, tools(aSource(), forgetful))).toMatchObject({ result: 'BackedUp' })
    expect(names(root)).toEqual(['b1.db', 'b1.db.json'])
  })
})

test('a .part that is replaced at the very moment of linking is not published', async () => {
  const disk = mortalDisk()
  const root = aVolume()
  const late: Disk = {
    ...disk,
    async link(existing, path) {
      writeFileSync(join(root, 'demo/theirs'), 'half')
      renameSync(join(root, 'demo/theirs'), existing)
      await disk.link(existing, path)
    },
  }
  await expect(backUp(task, root, tools(aSource(), late))).rejects.toMatchObject({ reason: 'VolumeFailed' })
  expect(existsSync(join(root, 'demo/b1.db'))).toBe(false)
  expect(content(root, 'b1.db.part').toString()).toBe('half')
})

describe('a manifest of another try, which was thought dead,', () => {
  /** Another try puts its own file there, as it does: under a new inode. */
  const putTheirs = (root: string, name: string) => {
    writeFileSync(join(root, 'demo/theirs'), 'theirs')
    renameSync(join(root, 'demo/theirs'), join(root, 'demo', name))
  }

  test('is not touched once that try has begun its own .part', async () => {
    const root = aVolume({ 'demo/other': '' })
    const disk = mortalDisk()
    // The last look at what was received is over by then.
    const log: BackupTools['log'] = (message) => {
      if (message !== 'read back') return
      putTheirs(root, 'b1.db.part')
      putTheirs(root, 'b1.db.json.part')
    }
    await expect(backUp(task, root, { ...tools(aSource(), disk), log })).rejects.toMatchObject({ reason: 'VolumeFailed' })
    expect(content(root, 'b1.db.json.part').toString()).toBe('theirs')
    expect(content(root, 'b1.db.part').toString()).toBe('theirs')
  })

  test('is not published beside our file', async () => {
    const disk = mortalDisk()
    const root = aVolume()
    const mixed: Disk = {
      ...disk,
      async link(existing, path) {
        await disk.link(existing, path)
        putTheirs(root, 'b1.db.json.part')
      },
    }
    await expect(backUp(task, root, tools(aSource(), mixed))).rejects.toMatchObject({ reason: 'VolumeFailed' })
    expect(names(root)).toEqual(['b1.db', 'b1.db.json.part'])
  })
})

describe('where the file system has no hard links', () => {
  const withoutLinks: Disk = {
    ...mortalDisk(),
    link: async () => {
      throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM', syscall: 'link' })
    },
  }

  test('a backup is stored all the same', async () => {
    const root = aVolume()
    await backUp(task, root, tools(aSource(), withoutLinks))
    expect(names(root)).toEqual(['b1.db', 'b1.db.json'])
  })

  test('a file that appears is not overwritten either', async () => {
    const root = aVolume({ 'demo/other': '' })
    const source = aSource({ onPiece: () => writeFileSync(join(root, 'demo/b1.db'), 'precious') })
    await expect(backUp(task, root, tools(source, withoutLinks))).rejects.toMatchObject({ reason: 'FileExists' })
    expect(content(root).toString()).toBe('precious')
  })
})

function withRoot([some, with_]: readonly [BackupTask, BackupTools]): [BackupTask, string, BackupTools] {
  return [some, aVolume(), with_]
}

function flipped(file: Buffer, at: number): Buffer {
  const copy = Buffer.from(file)
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}

/** A file of the final name is whole, whenever the program is killed. */
function expectNothingHalf(root: string): void {
  if (existsSync(join(root, 'demo/b1.db'))) expect(content(root)).toEqual(aSnapshot())
  if (existsSync(join(root, 'demo/b1.db.json'))) expect(existsSync(join(root, 'demo/b1.db'))).toBe(true)
}
