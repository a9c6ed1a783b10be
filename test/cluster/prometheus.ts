import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, makeCacheDir } from './cache.ts'
import { run, tryRun } from './command.ts'
import { isThere, updatePackageLists } from './local/debian.ts'
import { withMachineLock } from './machine-lock.ts'
import { during, type Progress } from './progress.ts'
import { SetUpFailed } from './set-up-failed.ts'
import { prometheusAtLeast } from './versions.ts'

export interface PrometheusTools {
  /** Paths, or names that PATH finds. */
  readonly prometheus: string
  readonly promtool: string
}

/**
 * Prometheus and promtool out of Debian's package, which is unpacked and not installed, so that no service starts. Debian keeps one version
 * for each of its releases, so the version is checked and not chosen. A machine without apt-get uses those on its PATH.
 */
export async function ensurePrometheus(progress: Progress): Promise<PrometheusTools> {
  const tools = await find(progress)
  const [, version] = /version (\d+\.\d+)/.exec(await run(tools.promtool, ['--version'])) ?? []
  if (version === undefined || isOlder(version, prometheusAtLeast))
    throw new SetUpFailed(`promtool ${version ?? 'of an unknown version'} is too old for the tests of the alerts`, {
      why: `they need ${prometheusAtLeast} or newer, which Debian has from release 12 on`,
      advice: `put promtool and prometheus ${prometheusAtLeast} or newer into ${cacheDir('bin', folder)}`,
    })
  return tools
}

const folder = 'prometheus-of-debian'

async function find(progress: Progress): Promise<PrometheusTools> {
  const cached = { prometheus: cacheDir('bin', folder, 'prometheus'), promtool: cacheDir('bin', folder, 'promtool') }
  if (existsSync(cached.promtool) && existsSync(cached.prometheus)) return cached
  if (!isThere('apt-get') && isThere('promtool') && isThere('prometheus')) return { prometheus: 'prometheus', promtool: 'promtool' }
  await withMachineLock('prometheus package', progress, () => unpack(progress))
  return cached
}

async function unpack(progress: Progress): Promise<void> {
  const target = cacheDir('bin', folder)
  if (existsSync(target)) return // Another process did it while this one waited.
  const work = mkdtempSync(join(makeCacheDir('bin'), 'prometheus-'))
  try {
    // apt-get hands the download to a user of its own where it may.
    chmodSync(work, 0o777)
    progress('fetching Prometheus from Debian')
    await during(
      progress,
      () => 'fetching Prometheus from Debian',
      () => download(work),
    )
    const [archive = ''] = readdirSync(work).filter((file) => file.endsWith('.deb'))
    await run('dpkg-deb', ['--extract', join(work, archive), join(work, 'files')])
    // Whoever finds the folder finds both programs in it.
    renameSync(join(work, 'files', 'usr', 'bin'), target)
  } catch (error) {
    throw new SetUpFailed("Debian's package prometheus could not be fetched", {
      why: error instanceof Error ? error.message : String(error),
      advice: `make "apt-get download prometheus" work on this machine, or put prometheus and promtool into ${target}`,
    })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** With the lists of packages as they are; where these are missing or name a version that is gone by now, with new ones. */
async function download(folder: string): Promise<void> {
  if ((await tryRun('apt-get', ['download', 'prometheus'], { cwd: folder })) !== undefined) return
  await updatePackageLists()
  await run('apt-get', ['download', 'prometheus'], { cwd: folder })
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = than.split('.').map(Number)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}
