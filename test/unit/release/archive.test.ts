import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { gzip, sha256Of, tarFolder } from '../../../scripts/release/archive.ts'
import type { Architecture } from '../../../scripts/release/base-lock.ts'
import { type Descriptor, ImageLayout } from '../../../scripts/release/oci.ts'

const folder = mkdtempSync(join(tmpdir(), 'release-archive-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The same files, written in another order, at another time, under another umask. */
function aTree(name: string, order: readonly string[], mode: number, time: number): string {
  const root = join(folder, name)
  mkdirSync(join(root, 'b'), { recursive: true })
  for (const file of order) {
    writeFileSync(join(root, file), `content of ${file}`)
    chmodSync(join(root, file), mode)
    utimesSync(join(root, file), time, time)
  }
  symlinkSync('a', join(root, 'link'))
  return root
}

const one = aTree('one', ['a', 'b/c', 'd'], 0o644, 1_000)
const other = aTree('other', ['d', 'b/c', 'a'], 0o664, 2_000)

test('an archive has the same bytes for the same content, compressed as well', async () => {
  const files = [join(folder, '1.tar'), join(folder, '2.tar')] as const
  await tarFolder(one, files[0], { anyMode: true })
  await tarFolder(other, files[1], { anyMode: true })
  const plain = readFileSync(files[0])
  expect(await sha256Of(files[1])).toBe(await sha256Of(files[0]))
  const compressed = [await gzip(files[0]), await gzip(files[1])] as const
  expect(await sha256Of(compressed[1])).toBe(await sha256Of(compressed[0]))
  expect(gunzipSync(readFileSync(compressed[0])).equals(plain)).toBe(true)
})

test('modes count where they are kept', async () => {
  const files = [join(folder, '3.tar'), join(folder, '4.tar')] as const
  await tarFolder(one, files[0])
  await tarFolder(other, files[1])
  expect(await sha256Of(files[1])).not.toBe(await sha256Of(files[0]))
})

test('an image layout names each blob by its content, and the list by its architectures', async () => {
  const layout = new ImageLayout(join(folder, 'layout'))
  const layer = await layout.layer(one, 'a test', { anyMode: true })
  const settings = { config: { User: '65532' }, created: '2026-01-01T00:00:00Z', annotations: { a: 'b' } }
  const images = new Map<Architecture, Descriptor>([
    ['amd64', layout.image('amd64', [layer], settings)],
    ['arm64', layout.image('arm64', [layer], settings)],
  ])
  const list = layout.index(images, 'example.com/a', '1.0.0', {})
  for (const { digest, size } of [layer, ...images.values(), list]) {
    expect(`sha256:${await sha256Of(layout.blob(digest))}`).toBe(digest)
    expect(readFileSync(layout.blob(digest)).length).toBe(size)
  }
  const read = (digest: string) => JSON.parse(readFileSync(layout.blob(digest), 'utf8'))
  expect(read(list.digest).manifests.map(({ platform }: { platform: object }) => platform)).toEqual([
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm64', os: 'linux' },
  ])
  const config = read(read(images.get('arm64')?.digest ?? '').config.digest)
  expect(config).toMatchObject({ architecture: 'arm64', os: 'linux', config: { User: '65532' }, rootfs: { diff_ids: [layer.diffId] } })
  expect(`sha256:${await sha256Of(layout.blob(layer.digest))}`).not.toBe(layer.diffId)
  const index = JSON.parse(readFileSync(join(folder, 'layout', 'index.json'), 'utf8'))
  expect(index.manifests).toEqual([expect.objectContaining({ digest: list.digest, size: list.size })])
  expect(existsSync(join(folder, 'layout', 'layer.tar'))).toBe(false)
})
