import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RequirementMissing, run, tryRun } from '../command.ts'
import { withMachineLock } from '../machine-lock.ts'
import { during, type Progress } from '../progress.ts'
import { SetUpFailed } from '../set-up-failed.ts'

/** A file that shows that the package is there -> the package. */
const needed: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  ip: 'iproute2',
  nsenter: 'util-linux',
  openssl: 'openssl',
  tar: 'tar',
  '/usr/lib/cni/ptp': 'containernetworking-plugins',
  '/bin/busybox': 'busybox-static',
}

/** Installs the Debian packages that the cluster needs and the machine lacks. */
export async function ensurePackages(progress: Progress): Promise<void> {
  const missing = [...new Set(Object.entries(needed).flatMap(([file, name]) => (isThere(file) ? [] : [name])))]
  if (missing.length > 0) await installPackages(missing, progress)
}

/** Without letting their services start: the cluster runs its own containerds. */
export async function installPackages(names: readonly string[], progress: Progress): Promise<void> {
  const list = names.join(', ')
  if (!isThere('apt-get'))
    throw new RequirementMissing(`This machine lacks ${list} and has no apt-get: install them by its own package manager.`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = async () => {
    progress(`installing ${list}`)
    const startMs = performance.now()
    await updatePackageLists()
    await run('apt-get', ['install', '--yes', '--no-install-recommends', '--option', 'DPkg::Lock::Timeout=300', ...names], { env })
    progress(`${list} installed in ${((performance.now() - startMs) / 1000).toFixed(0)} s`)
  }
  try {
    // The cluster and the operator's image may need packages at the same time.
    await withMachineLock('packages', progress, () =>
      during(
        progress,
        () => `installing ${list}`,
        () => withoutServiceStarts(install),
      ),
    )
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SetUpFailed(`the Debian packages ${list} were not installed`, {
      why,
      advice: `install them by "apt-get install ${names.join(' ')}", then run the same command again`,
    })
  }
  if (names.includes('containerd') && existsSync('/run/systemd/system'))
    await tryRun('systemctl', ['disable', '--now', 'containerd.service'])
}

let updated: Promise<void> | undefined

/** Once for each command. */
export function updatePackageLists(): Promise<void> {
  updated ??= updateLists({ ...process.env, DEBIAN_FRONTEND: 'noninteractive' })
  return updated
}

/** The lock of the package lists isn't waited for by apt-get itself, and the machine may be updating them on its own just then. */
async function updateLists(env: NodeJS.ProcessEnv): Promise<void> {
  let last: unknown
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      await run('apt-get', ['update'], { env })
      return
    } catch (error) {
      last = error
      if (!(error instanceof Error) || !error.message.includes('Could not get lock')) break
      await new Promise((resolve) => setTimeout(resolve, 6_000))
    }
  }
  throw last
}

/** Debian asks this script before it starts a service of a package that it has just installed; 101 forbids it. */
async function withoutServiceStarts(work: () => Promise<void>): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await work()
  } finally {
    rmSync(policy, { force: true })
  }
}

export function isThere(file: string): boolean {
  const candidates = file.startsWith('/')
    ? [file]
    : [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].map((dir) => join(dir, file))
  return candidates.some((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
