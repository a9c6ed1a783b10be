import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseManifest, readManifest, renderManifest } from '../../../../src/agent/volume/manifest.ts'
import { aManifest } from '../a-manifest.ts'
import { aVolume } from '../a-volume.ts'

describe('a manifest', () => {
  test('is read as it was written', () => {
    const root = aVolume({ 'b1.db.json': renderManifest(aManifest()) })
    expect(readManifest(join(root, 'b1.db.json'))).toEqual(aManifest())
  })

  test('may be missing', () => {
    expect(readManifest(join(aVolume(), 'b1.db.json'))).toBeUndefined()
  })

  test('may hold more than this version knows', () => {
    expect(parseManifest(JSON.stringify({ ...aManifest(), later: true }))).toMatchObject({ later: true })
  })

  test.each([
    ['nothing', ''],
    ['a part of it', renderManifest(aManifest()).slice(0, -9)],
    ['null', 'null'],
    ['a list', '[]'],
  ])('is refused when the file holds %s', (_, text) => {
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ reason: 'ManifestUnreadable' }))
  })

  test('names the field that is wrong', () => {
    const manifest = aManifest()
    const refused = (value: object) => expect(() => parseManifest(JSON.stringify(value)))
    refused({ ...manifest, format: 2 }).toThrow('format is not 1')
    refused({ ...manifest, snapshot: { ...manifest.snapshot, sha256: 7 } }).toThrow('snapshot.sha256 is not a string')
    refused({ ...manifest, cluster: { ...manifest.cluster, spec: [] } }).toThrow('cluster.spec is not an object')
    refused({ ...manifest, status: undefined }).toThrow('status is not an object')
  })

  test('is neither a folder nor a symbolic link nor a giant', () => {
    const root = aVolume({ 'large.json': ' '.repeat(3 * 2 ** 20), 'real.json': renderManifest(aManifest()) })
    mkdirSync(join(root, 'folder.json'))
    symlinkSync('real.json', join(root, 'link.json'))
    for (const name of ['large', 'folder', 'link'])
      expect(() => readManifest(join(root, `${name}.json`))).toThrow(expect.objectContaining({ reason: 'ManifestUnreadable' }))
  })
})
