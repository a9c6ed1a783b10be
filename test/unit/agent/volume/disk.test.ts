import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { receive } from '../../../../src/agent/source/receive.ts'
import { disk } from '../../../../src/agent/volume/disk.ts'
import { identityOf, isSameFile } from '../../../../src/agent/volume/identity-of.ts'
import { aVolume } from '../a-volume.ts'

test('a new file takes no name that is in use, not even that of a broken link', async () => {
  const root = aVolume({ file: 'x' })
  mkdirSync(join(root, 'folder'))
  symlinkSync('nowhere', join(root, 'link'))
  for (const name of ['file', 'folder', 'link']) await expect(disk.create(join(root, name))).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(disk.link(join(root, 'file'), join(root, 'link'))).rejects.toMatchObject({ code: 'EEXIST' })
})

test('removing what is not there is no error, removing a folder as if it were a file is one', async () => {
  const root = aVolume({ 'folder/file': 'x' })
  await disk.remove(join(root, 'nothing'))
  await disk.removeTree(join(root, 'nothing'))
  await expect(disk.remove(join(root, 'folder'))).rejects.toMatchObject({ syscall: 'unlink' })
})

test('pieces of any size arrive in their order', async () => {
  const pieces = [3, 0, 32_768, 1, 3_000_000, 700_000, 400_000, 5].map((bytes, index) => Buffer.alloc(bytes, index + 1))
  async function* arriving() {
    for (const blob of pieces) yield { blob }
  }
  const path = join(aVolume(), 'file')
  const file = await disk.create(path)
  expect(await receive(arriving(), file)).toBe(Buffer.concat(pieces).length)
  await file.close()
  expect(readFileSync(path).equals(Buffer.concat(pieces))).toBe(true)
})

test('a failed write ends the receiving, whatever is still to come', async () => {
  let sent = 0
  async function* endless() {
    for (; ; sent += 1) yield { blob: Buffer.alloc(100_000) }
  }
  const full = {
    append: () => Promise.reject(new Error('ENOSPC')),
    sync: async () => {},
    identity: async () => ({ dev: 0n, ino: 0n }),
    close: async () => {},
  }
  await expect(receive(endless(), full)).rejects.toThrow('ENOSPC')
  expect(sent).toBeLessThan(50)
})

test('a file stays the same under another name, and its old name may go to another', async () => {
  const path = join(aVolume(), 'file')
  const file = await disk.create(path)
  await disk.rename(path, `${path}.moved`)
  writeFileSync(path, '')
  const ours = await file.identity()
  expect(isSameFile(identityOf(`${path}.moved`), ours)).toBe(true)
  expect(isSameFile(identityOf(path), ours)).toBe(false)
  expect(identityOf(`${path}.gone`)).toBeUndefined()
  await file.close()
})
