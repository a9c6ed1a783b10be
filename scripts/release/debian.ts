import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { makeCacheDir } from '../../test/cluster/cache.ts'
import { RequirementMissing, run } from '../../test/cluster/command.ts'
import { isThere } from '../../test/cluster/local/debian.ts'
import { type Architecture, type LockedPackage, lockPath } from './base-lock.ts'

export const suite = 'bookworm'

/**
 * The .deb files of an architecture, from Debian's mirrors by apt-get, which checks their signatures. The machine's own apt is left as it
 * is: apt-get gets a state of its own, and so may fetch packages of an architecture that the machine can't run.
 *
 * @throws Error that names the package whose version is gone, or whose bytes are others than those that are pinned
 */
export async function debianPackageFiles(architecture: Architecture, packages: readonly LockedPackage[]): Promise<readonly string[]> {
  const folder = makeCacheDir('release', 'debian')
  // apt-get hands the download to a user of its own where it may.
  chmodSync(folder, 0o777)
  const missing = packages.filter((one) => !existsSync(fileOf(folder, one)))
  if (missing.length > 0) await download(architecture, missing, folder)
  return packages.map((one) => fileOf(folder, one))
}

function fileOf(folder: string, { name, sha256 }: LockedPackage): string {
  return join(folder, `${name}-${sha256.slice(0, 16)}.deb`)
}

async function download(architecture: Architecture, packages: readonly LockedPackage[], folder: string): Promise<void> {
  const offered = new Map((await packagesOf(architecture, wanted(packages))).map((one) => [one.name, one]))
  for (const one of packages) {
    const found = offered.get(one.name)
    if (found?.sha256 !== one.sha256) {
      const instead = found === undefined ? 'not offered' : `offered as ${found.sha256}`
      throw new Error(`${one.name} ${one.version} for ${architecture} is ${instead}, and ${lockPath} pins ${one.sha256}`)
    }
    const text = await apt(architecture, ['download', `${one.name}=${one.version}`], folder)
    const file = join(folder, basename(found.url).replaceAll('%2b', '+').replaceAll('%7e', '~'))
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
    if (sha256 !== one.sha256) throw new Error(`${file} has the SHA-256 ${sha256}, and ${lockPath} pins ${one.sha256}: ${text}`)
    copyFileSync(file, fileOf(folder, one))
  }
}

function wanted(packages: readonly LockedPackage[]): readonly string[] {
  return packages.map(({ name, version }) => `${name}=${version}`)
}

/** What the mirrors offer under these names, each `name` or `name=version`. */
export async function packagesOf(
  architecture: Architecture,
  names: readonly string[],
): Promise<readonly (LockedPackage & { url: string })[]> {
  if (!isThere('apt-get') || !isThere('dpkg-deb'))
    throw new RequirementMissing('A release is made on Debian, or in a container of debian:bookworm: apt-get or dpkg-deb is missing.')
  await refreshed(architecture)
  const printed = await apt(architecture, ['download', '--print-uris', ...names]).catch((error: Error) => {
    throw new Error(`${error.message}. A version that the mirrors have no more is replaced by: npm run release -- --update-base`)
  })
  return [...printed.matchAll(/^'(.*)' (\S+?)_(\S+)_\w+\.deb \d+ SHA256:(\w+)$/gm)].map(
    ([, url = '', name = '', version = '', sha256 = '']) => ({
      name,
      version: version.replaceAll('%3a', ':'),
      sha256,
      url,
    }),
  )
}

const updates = new Map<Architecture, Promise<string>>()

/** Once for each command. */
function refreshed(architecture: Architecture): Promise<string> {
  const update = updates.get(architecture) ?? apt(architecture, ['update'])
  updates.set(architecture, update)
  return update
}

function apt(architecture: Architecture, args: readonly string[], cwd?: string): Promise<string> {
  const folder = makeCacheDir('release', 'apt', architecture)
  for (const path of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, path), { recursive: true })
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const sources = [
    `deb [signed-by=${keyring}] http://deb.debian.org/debian ${suite} main`,
    `deb [signed-by=${keyring}] http://deb.debian.org/debian ${suite}-updates main`,
    `deb [signed-by=${keyring}] http://deb.debian.org/debian-security ${suite}-security main`,
  ]
  writeFileSync(join(folder, 'sources.list'), `${sources.join('\n')}\n`)
  writeFileSync(join(folder, 'status'), '')
  const settings = {
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'APT::Architecture': architecture,
    'Acquire::Languages': 'none',
  }
  const lines = [...Object.entries(settings).map(([name, value]) => `${name} "${value}";`), `APT::Architectures { "${architecture}"; };`]
  const config = join(folder, 'apt.conf')
  writeFileSync(config, `${lines.join('\n')}\n`)
  return run('apt-get', args, { env: { ...process.env, APT_CONFIG: config, LC_ALL: 'C' }, ...(cwd === undefined ? {} : { cwd }) })
}
