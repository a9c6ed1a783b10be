import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzip, sha256Of, tarFolder } from './archive.ts'
import type { Architecture } from './base-lock.ts'

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

export interface Layer extends Descriptor {
  /** Digest of the layer before it was compressed. */
  readonly diffId: string
  readonly createdBy: string
}

export interface ImageSettings {
  readonly config: Readonly<Record<string, unknown>>
  /** RFC 3339. */
  readonly created: string
  readonly annotations: Readonly<Record<string, string>>
}

/** An OCI image layout that is being written: a folder of blobs that are named by their content. */
export class ImageLayout {
  private readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true })
    writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  }

  /** Adds a folder as a layer. */
  async layer(root: string, createdBy: string, options: { anyMode?: boolean } = {}): Promise<Layer> {
    const tar = join(this.folder, 'layer.tar')
    await tarFolder(root, tar, options)
    const diffId = `sha256:${await sha256Of(tar)}`
    const compressed = await gzip(tar)
    const digest = await sha256Of(compressed)
    const { size } = statSync(compressed)
    renameSync(compressed, this.blob(digest))
    return { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: `sha256:${digest}`, size, diffId, createdBy }
  }

  /** Adds the image of an architecture. */
  image(architecture: Architecture, layers: readonly Layer[], { config, created, annotations }: ImageSettings): Descriptor {
    const configBlob = this.json('application/vnd.oci.image.config.v1+json', {
      created,
      architecture,
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(({ createdBy }) => ({ created, created_by: createdBy })),
    })
    return this.json(manifestType, {
      schemaVersion: 2,
      mediaType: manifestType,
      config: configBlob,
      layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
      annotations,
    })
  }

  /** Adds the list of images that a registry hands out under one name, and makes it the entry of the layout. */
  index(images: ReadonlyMap<Architecture, Descriptor>, name: string, tag: string, annotations: ImageSettings['annotations']): Descriptor {
    const list = this.json(indexType, {
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [...images].map(([architecture, image]) => ({ ...image, platform: { architecture, os: 'linux' } })),
      annotations,
    })
    const names = { 'io.containerd.image.name': `${name}:${tag}`, 'org.opencontainers.image.ref.name': tag }
    const entry = { schemaVersion: 2, mediaType: indexType, manifests: [{ ...list, annotations: names }] }
    writeFileSync(join(this.folder, 'index.json'), JSON.stringify(entry))
    return list
  }

  blob(digest: string): string {
    return join(this.folder, 'blobs', 'sha256', digest.replace(/^sha256:/, ''))
  }

  private json(mediaType: string, value: object): Descriptor {
    const text = JSON.stringify(value)
    const digest = createHash('sha256').update(text).digest('hex')
    writeFileSync(this.blob(digest), text)
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) }
  }
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
