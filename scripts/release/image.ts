import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Progress } from '../../test/cluster/progress.ts'
import { baseEnvironment, completeSystem, place, unpackPackages } from '../image/root-file-system.ts'
import { type Architecture, architectures, type BaseLock } from './base-lock.ts'
import { debianPackageFiles } from './debian.ts'
import { runSettings } from './dockerfile.ts'
import { nodeBinary } from './node-binary.ts'
import { type Descriptor, ImageLayout, type ImageSettings } from './oci.ts'

export interface ImageRequest {
  readonly root: string
  readonly lock: BaseLock
  /** What `npm run build` has made. */
  readonly programs: string
  /** Without tag. */
  readonly name: string
  readonly tag: string
  readonly created: string
  readonly annotations: Readonly<Record<string, string>>
}

export interface AssembledImage {
  readonly layout: ImageLayout
  /** The list of the images of all architectures: what a registry hands out under the name, and what the manifests name. */
  readonly list: Descriptor
  readonly images: ReadonlyMap<Architecture, Descriptor>
}

/**
 * The image for all architectures as an OCI image layout, from packages of Debian, Node of npm, and the programs. No architecture has to
 * run here, because nothing in the image is made by running it.
 */
export async function assembleImage(folder: string, request: ImageRequest, progress: Progress): Promise<AssembledImage> {
  const { root, lock, programs, name, tag, annotations } = request
  const layout = new ImageLayout(folder)
  const run = runSettings(readFileSync(join(root, 'Dockerfile'), 'utf8'))
  const settings: ImageSettings = {
    created: request.created,
    annotations,
    config: {
      User: run.user,
      Env: [...baseEnvironment, ...run.environment],
      Entrypoint: run.entrypoint,
      WorkingDir: run.workingDirectory,
      Labels: annotations,
    },
  }
  const work = mkdtempSync(`${folder}-work-`)
  try {
    const app = join(work, 'app')
    layOutPrograms(programs, join(app, run.appFolder))
    const appLayer = await layout.layer(app, 'npm run build')
    const images = new Map<Architecture, Descriptor>()
    for (const architecture of architectures) {
      progress(`the image for ${architecture}`)
      const system = join(work, architecture)
      mkdirSync(system)
      await unpackPackages(await debianPackageFiles(architecture, lock.debian.packages[architecture]), system)
      completeSystem(system)
      const node = join(work, `${architecture}-node`)
      place(await nodeBinary(architecture, lock.node), join(node, 'nodejs/bin/node'))
      const layers = [
        await layout.layer(system, `Debian ${lock.debian.suite}`),
        await layout.layer(node, `Node ${lock.node.version}`),
        appLayer,
      ]
      images.set(architecture, layout.image(architecture, layers, settings))
    }
    return { layout, images, list: layout.index(images, name, tag, annotations) }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Readable for everybody, whatever this shell's umask is. */
function layOutPrograms(programs: string, target: string): void {
  cpSync(programs, target, { recursive: true })
  for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
    const isProgram = entry.isDirectory() || readFileSync(join(entry.parentPath, entry.name)).subarray(0, 2).toString() === '#!'
    chmodSync(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644)
  }
  for (const folder of [target, join(target, '..')]) chmodSync(folder, 0o755)
}
