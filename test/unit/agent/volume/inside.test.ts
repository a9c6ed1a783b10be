import { chmodSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileInside, folderInside } from '../../../../src/agent/volume/inside.ts'
import { aVolume } from '../a-volume.ts'

describe('a file of the volume', () => {
  test('is found by its path', () => {
    const root = aVolume({ 'demo/b1.db': 'x' })
    expect(fileInside(root, 'demo/b1.db')).toBe(join(root, 'demo/b1.db'))
  })

  test('is found on a volume that is reached by a symbolic link', () => {
    const root = aVolume({ 'volume/b1.db': 'x' })
    symlinkSync(join(root, 'volume'), join(root, 'mount'))
    expect(fileInside(join(root, 'mount'), 'b1.db')).toBe(join(root, 'volume/b1.db'))
  })

  test.each(['b1.db', 'demo/b2.db', 'other/b1.db'])('is said to be missing: %s', (location) => {
    const root = aVolume({ 'demo/b1.db': 'x' })
    expect(() => fileInside(root, location)).toThrow(
      expect.objectContaining({ reason: 'FileNotFound', message: expect.stringContaining('is not on the volume') }),
    )
  })

  test.each([
    ['demo/b2.db', 'demo/b2.db is not on the volume; backups in demo: b1.db'],
    ['b2.db', 'b2.db is not on the volume; backups in the volume: none'],
    ['other/b1.db', 'other is not on the volume'],
  ])('that is missing, %s, is told with the backups that are there and nothing else', (location, message) => {
    const root = aVolume({ 'demo/b1.db': 'x', 'demo/secret.txt': 'x' })
    expect(() => fileInside(root, location)).toThrow(expect.objectContaining({ message }))
  })

  test.each(['', '/etc/passwd', '../b1.db', 'demo/../../b1.db', 'demo//b1.db', './b1.db', 'demo/.', 'demo/', 'b1\0.db'])(
    'is not looked for at %j',
    (location) => {
      expect(() => fileInside(aVolume({ 'demo/b1.db': 'x' }), location)).toThrow(
        expect.objectContaining({ reason: 'NotAFile', message: expect.stringContaining('not a path inside the volume') }),
      )
    },
  )

  test('is not a symbolic link, wherever that leads', () => {
    const root = aVolume({ 'demo/b1.db': 'x' })
    symlinkSync('b1.db', join(root, 'demo/link.db'))
    symlinkSync('nowhere', join(root, 'demo/broken.db'))
    symlinkSync('demo', join(root, 'way'))
    const refusal = (message: string) => expect.objectContaining({ reason: 'NotAFile', message })
    expect(() => fileInside(root, 'demo/link.db')).toThrow(refusal('demo/link.db is a symbolic link, not a file'))
    expect(() => fileInside(root, 'demo/broken.db')).toThrow(refusal('demo/broken.db is a symbolic link, not a file'))
    expect(() => fileInside(root, 'way/b1.db')).toThrow(refusal('way is a symbolic link, not a folder'))
  })

  test('is neither a folder nor below a file', () => {
    const root = aVolume({ 'demo/b1.db': 'x' })
    expect(() => fileInside(root, 'demo')).toThrow('demo is a folder, not a file')
    expect(() => fileInside(root, 'demo/b1.db/more')).toThrow('demo/b1.db is a file, not a folder')
  })
})

describe('a folder of the volume', () => {
  test('is the volume itself without a path', () => {
    const root = aVolume()
    expect([folderInside(root, ''), folderInside(root, '.')]).toEqual([root, root])
  })

  test('is made with all that leads to it, and only when asked for', () => {
    const root = aVolume()
    expect(() => folderInside(root, 'a/b')).toThrow(expect.objectContaining({ reason: 'FileNotFound' }))
    expect(folderInside(root, 'a/b', { create: true })).toBe(join(root, 'a/b'))
    expect(folderInside(root, 'a/b', { create: true })).toBe(join(root, 'a/b'))
    expect(lstatSync(join(root, 'a/b')).isDirectory()).toBe(true)
  })

  test('is not made behind a symbolic link', () => {
    const root = aVolume({ 'outside/x': '' })
    mkdirSync(join(root, 'volume'))
    symlinkSync('../outside', join(root, 'volume/demo'))
    expect(() => folderInside(join(root, 'volume'), 'demo/new', { create: true })).toThrow(
      expect.objectContaining({ reason: 'NotAFile', message: 'demo is a symbolic link, not a folder' }),
    )
    expect(() => lstatSync(join(root, 'outside/new'))).toThrow('ENOENT')
  })

  // Root may write everywhere.
  test.skipIf(process.getuid?.() === 0)('says that the volume is read-only', () => {
    const root = aVolume()
    chmodSync(root, 0o500)
    expect(() => folderInside(root, 'demo', { create: true })).toThrow(expect.objectContaining({ reason: 'VolumeReadOnly' }))
  })
})
