import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheDir, keyOf, makeCacheDir } from '../cache.ts'
import { run } from '../command.ts'
import type { ImageConfig, ImageRecipe } from './image-recipes.ts'

/** Makes the image's docker-archive unless the cache has it; returns its path. The same inputs give the same bytes. */
export async function archiveImage(recipe: ImageRecipe): Promise<string> {
  const archive = archivePath(recipe)
  if (!existsSync(archive)) await buildArchive(recipe, archive)
  return archive
}

/** Its name changes with the recipe and with the files that go in. */
export function archivePath({ needs: _, ...recipe }: ImageRecipe): string {
  const sources = Object.values(recipe.files).map((path) => {
    const { size, mtimeMs } = statSync(path)
    return `${path} ${size} ${mtimeMs}`
  })
  return cacheDir('images', `${recipe.name.replaceAll(/[/:]/g, '_')}-${keyOf(JSON.stringify(recipe), ...sources)}.tar`)
}

async function buildArchive(recipe: ImageRecipe, archive: string): Promise<void> {
  const work = mkdtempSync(join(makeCacheDir('images'), 'work-'))
  try {
    layOut(recipe, join(work, 'root'))
    await archiveFolder(join(work, 'root'), archive, recipe.name, recipe.config)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Makes a folder into an image with one layer. */
export async function archiveFolder(root: string, archive: string, name: string, config: ImageConfig): Promise<void> {
  const work = mkdtempSync(`${archive}-`)
  try {
    const out = join(work, 'out')
    mkdirSync(out)
    await tar(root, join(out, 'layer.tar'))
    const image = imageConfig(config, await sha256(join(out, 'layer.tar')))
    const imageFile = `${createHash('sha256').update(image).digest('hex')}.json`
    writeFileSync(join(out, imageFile), image)
    writeFileSync(join(out, 'manifest.json'), JSON.stringify([{ Config: imageFile, RepoTags: [name], Layers: ['layer.tar'] }]))
    await tar(out, join(work, 'image.tar'))
    renameSync(join(work, 'image.tar'), archive)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function layOut(recipe: ImageRecipe, root: string): void {
  mkdirSync(root)
  for (const [path, mode] of Object.entries(recipe.folders ?? {})) {
    mkdirSync(join(root, path), { recursive: true })
    chmodSync(join(root, path), mode)
  }
  const place = (path: string, put: (target: string) => void) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    put(join(root, path))
  }
  for (const [path, source] of Object.entries(recipe.files)) {
    place(path, (target) => {
      copyFileSync(source, target)
      chmodSync(target, 0o755)
    })
  }
  for (const [path, text] of Object.entries(recipe.texts ?? {})) place(path, (target) => writeFileSync(target, text))
  for (const [path, target] of Object.entries(recipe.links ?? {})) place(path, (link) => symlinkSync(target, link))
}

function imageConfig(config: ImageConfig, layerDigest: string): string {
  const created = '1970-01-01T00:00:00Z'
  return JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created,
    config,
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created, created_by: 'test/cluster' }],
  })
}

async function tar(folder: string, file: string): Promise<void> {
  await run('tar', [
    '--create',
    '--file',
    file,
    '--directory',
    folder,
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '.',
  ])
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(part as Buffer)
  return hash.digest('hex')
}
