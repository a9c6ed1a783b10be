import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { run } from '../../test/cluster/command.ts'
import type { Architecture } from './base-lock.ts'
import { readProgram } from './elf.ts'
import type { AssembledImage } from './image.ts'

interface Manifest {
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly digest: string }[]
}

interface Config {
  readonly config: { readonly Entrypoint: readonly [string, ...string[]]; readonly Env: readonly string[]; readonly User: string }
}

/**
 * Unpacks an image and starts it once, as its entrypoint says, with `--version`. An image for another machine is started by QEMU where that
 * is installed. Returns what was seen, in words.
 *
 * @throws Error for a Node of another machine, a missing loader, a program that fails, or another version than the expected one
 */
export async function startOnce({ layout, images }: AssembledImage, architecture: Architecture, version: string): Promise<string> {
  const manifest: Manifest = JSON.parse(readFileSync(layout.blob(images.get(architecture)?.digest ?? ''), 'utf8'))
  const { config }: Config = JSON.parse(readFileSync(layout.blob(manifest.config.digest), 'utf8'))
  const root = mkdtempSync(join(tmpdir(), 'release-start-'))
  try {
    for (const { digest } of manifest.layers)
      await run('tar', ['--extract', '--gzip', '--file', layout.blob(digest), '--directory', root, '--preserve-permissions'])
    const [node] = config.Entrypoint
    const { machine, interpreter = '' } = readProgram(join(root, node))
    if (machine !== architecture) throw new Error(`${node} of the image for ${architecture} is a program for ${machine} machines`)
    if (!existsSync(join(root, interpreter))) throw new Error(`the image for ${architecture} lacks ${interpreter}, which starts ${node}`)
    const seen = `${node} is for ${machine}, ${interpreter} is there`
    const starter = starterFor(architecture)
    if (starter === undefined) return `${seen}; not started, because ${qemu[architecture]} is not installed`
    if (process.getuid?.() !== 0) return `${seen}; not started, because only root may`
    if (starter !== '') {
      mkdirSync(join(root, 'starter'))
      copyFileSync(starter, join(root, 'starter', basename(starter)))
    }
    const command = [...(starter === '' ? [] : [`/starter/${basename(starter)}`]), ...config.Entrypoint, '--version']
    const said = await run('chroot', [`--userspec=${config.User}`, root, ...command], {
      env: Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/).slice(0, 2) as [string, string])),
    })
    if (said.trim() !== version) throw new Error(`the image for ${architecture} says that it is "${said.trim()}" instead of ${version}`)
    return `${seen}; started${starter === '' ? '' : ` by ${basename(starter)}`}, says ${version}`
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const qemu: Readonly<Record<Architecture, string>> = { amd64: 'qemu-x86_64-static', arm64: 'qemu-aarch64-static' }

/** Path of the emulator; empty: this machine runs the image itself; undefined: nothing here does. */
function starterFor(architecture: Architecture): string | undefined {
  if (architecture === (process.arch === 'x64' ? 'amd64' : process.arch)) return ''
  const paths = [...(process.env.PATH ?? '').split(':'), '/usr/bin'].map((folder) => join(folder, qemu[architecture]))
  return paths.find((path) => existsSync(path))
}
