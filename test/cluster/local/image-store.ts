import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, keyOf, makeCacheDir } from '../cache.ts'
import { run, until } from '../command.ts'
import { during, type Progress } from '../progress.ts'
import { type Daemon, isRunning, startDaemon, untilServing } from './daemon.ts'
import { archiveImage, archivePath } from './image-archive.ts'
import type { ImageRecipe } from './image-recipes.ts'
import { importImage } from './images.ts'
import { type NodeLayout, runDir, stateDir } from './layout.ts'

/**
 * A containerd folder that holds all images, unpacked. New nodes begin with hard links to it, which takes a moment, where an import
 * hashes and unpacks a gigabyte. Sharing files is safe: containerd writes a layer once, and containers copy what they change.
 */
export function findImageStore(recipes: readonly ImageRecipe[]): string | undefined {
  if (!recipes.flatMap(({ files }) => Object.values(files)).every((file) => existsSync(file))) return undefined
  const store = storePath(recipes)
  return existsSync(store) ? store : undefined
}

/** Before the node's containerd starts. */
export async function seedNode(store: string, node: NodeLayout): Promise<void> {
  const root = join(node.dir, 'containerd')
  mkdirSync(node.dir, { recursive: true })
  const canLink = statSync(store).dev === statSync(node.dir).dev
  await run('cp', ['--archive', ...(canLink ? ['--link'] : []), store, root])
  // The databases are written in place, so every node needs its own.
  for (const database of databasesBelow(store))
    await run('cp', ['--archive', '--remove-destination', join(store, database), join(root, database)])
}

/** Makes the folder, with a containerd that lives only as long as that takes; returns its path. */
export async function createImageStore(recipes: readonly ImageRecipe[], progress: Progress): Promise<string> {
  await during(
    progress,
    () => 'unpacking the images',
    () => fillStore(recipes),
  )
  return storePath(recipes)
}

async function fillStore(recipes: readonly ImageRecipe[]): Promise<void> {
  const work = mkdtempSync(join(makeCacheDir('image-store'), 'work-'))
  const socket = join(runDir, 'store', 'containerd.sock')
  try {
    const daemon = await startStoreContainerd(work, socket)
    await untilServing(daemon, 30_000, () => run('ctr', ['--address', socket, 'version']))
    for (const recipe of recipes) await importImage({ containerdSocket: socket }, await archiveImage(recipe))
    process.kill(daemon.pid, 'SIGTERM')
    await until('containerd ends', 20_000, async () => (isRunning(daemon) ? undefined : true))
    for (const old of readdirSync(cacheDir('image-store')).filter((name) => name.startsWith('store-'))) {
      rmSync(cacheDir('image-store', old), { recursive: true, force: true })
    }
    renameSync(join(work, 'root'), storePath(recipes))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function startStoreContainerd(work: string, socket: string): Promise<Daemon> {
  mkdirSync(join(runDir, 'store'), { recursive: true })
  const config = join(stateDir, 'image-store.toml')
  writeFileSync(
    config,
    `version = 2
root = "${join(work, 'root')}"
state = "${join(runDir, 'store', 'state')}"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]

[grpc]
  address = "${socket}"

[debug]
  level = "warn"
`,
  )
  return startDaemon('containerd-store', 'containerd', ['--config', config])
}

function storePath(recipes: readonly ImageRecipe[]): string {
  return cacheDir('image-store', `store-${keyOf(...recipes.map(archivePath))}`)
}

/** containerd's bolt files, relative to the folder. */
function databasesBelow(store: string): readonly string[] {
  return readdirSync(store).flatMap((plugin) =>
    readdirSync(join(store, plugin)).flatMap((name) => (name.endsWith('.db') ? [join(plugin, name)] : [])),
  )
}
