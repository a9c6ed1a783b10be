import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import type { MemberSettings } from '../../src/model/cluster/member-settings.ts'
import { clientScheme, peerScheme } from '../../src/model/names.ts'
import { type InitialCluster, type NamedMember, readKeys, renderMemberConfig } from '../../src/objects/etcd-config/config-file.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { freeAddress } from '../cluster/free-address.ts'
import { timedProgress } from '../cluster/progress.ts'
import type { EtcdVersion } from '../cluster/versions.ts'

/** One member: an etcd process on a loopback address of its own, so that every port is the one it has in a pod. */
export interface MemberProcess extends NamedMember {
  readonly address: string
  /** Where its certificates are: what `/etc/etcd-tls` is in a pod. */
  readonly tlsFolder: string
  readonly endpoint: { readonly url: string }
  readonly dataDir: string
  /** Everything it has logged, over all its starts. */
  log(): string
  /** Starts it with this file, and with another version of etcd, or a file that was edited, if these are given; returns at once. */
  start(initial: InitialCluster, settings?: Partial<MemberSettings>, runs?: EtcdVersion, edit?: EditFile): void
  /** Resolves with the exit code (null: killed) when the process has ended. */
  ended(): Promise<number | null>
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGCONT'): void
  /** SIGSTOP; resolves when none of its threads runs any more, which is a moment after the signal. */
  freeze(): Promise<void>
  /** SIGKILL, and wait. */
  kill(): Promise<void>
  /** What losing the volume does; the process must have ended. */
  loseVolume(): void
}

/** Changes the keys of a member's file. */
export type EditFile = (keys: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

export interface EtcdProcesses {
  /** A member that doesn't run yet. */
  member(name: string): Promise<MemberProcess>
  /** Starts this many members as one new cluster; they are called m0, m1 and so on. */
  bootstrap(size: number, settings?: Partial<MemberSettings>): Promise<readonly MemberProcess[]>
  /** Kills every process and removes every file. */
  cleanUp(): Promise<void>
}

export const aToken = 'contract'

export function someSettings(version: string): MemberSettings {
  return {
    version,
    quotaBackendBytes: 64 * 1024 * 1024,
    autoCompaction: { mode: 'periodic', retention: '1h' },
    heartbeatIntervalMs: 50,
    electionTimeoutMs: 500,
    snapshotCount: 10_000,
    extraArgs: {},
  }
}

/** For a test that counts on the same leader all the time: a member that gets no core for half a second would lose it otherwise. */
export const steadyLeader: Partial<MemberSettings> = { heartbeatIntervalMs: 100, electionTimeoutMs: 3_000 }

/** Builds etcd when it isn't in the cache: of this version, and of those that members are started with later. */
export async function startEtcdProcesses(version: EtcdVersion, later: readonly EtcdVersion[] = []): Promise<EtcdProcesses> {
  const binaries = [version, ...later].map((each): `etcd-${EtcdVersion}/etcd` => `etcd-${each}/etcd`)
  await ensureBinaries(binaries, { progress: timedProgress() })
  const root = mkdtempSync(join(tmpdir(), 'etcd-contract-'))
  const members: MemberProcess[] = []

  async function member(name: string): Promise<MemberProcess> {
    const made = aMember(version, join(root, `${members.length}-${name}`), name, await freeAddress(2379, 2380, 2381))
    members.push(made)
    return made
  }
  return {
    member,
    async bootstrap(size, settings) {
      const founders = await Promise.all(Array.from({ length: size }, (_, index) => member(`m${index}`)))
      const list = founders.map(({ name, address }) => ({
        name,
        peerUrl: `${peerScheme(settings?.tls?.profile ?? 'Off')}://${address}:2380`,
      }))
      for (const founder of founders) founder.start({ state: 'bootstrap', token: aToken, members: list }, settings)
      return founders
    },
    async cleanUp() {
      await Promise.all(members.map((each) => each.kill()))
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function aMember(version: EtcdVersion, home: string, name: string, address: string): MemberProcess {
  const dataDir = join(home, 'data')
  const tlsFolder = join(home, 'tls')
  const urlsIn = (profile: TlsMode) => ({
    peerUrl: `${peerScheme(profile)}://${address}:2380`,
    clientUrl: `${clientScheme(profile)}://${address}:2379`,
  })
  const plain = urlsIn('Off')
  let process: ChildProcess | undefined
  let ending: Promise<number | null> = Promise.resolve(null)
  let log = ''

  return {
    name,
    address,
    tlsFolder,
    peerUrl: plain.peerUrl,
    endpoint: { url: plain.clientUrl },
    dataDir,
    log: () => log,
    start(initial, settings, runs = version, edit) {
      const file = `${home}.yaml`
      const identity = { name, dataDir, ...urlsIn(settings?.tls?.profile ?? 'Off') }
      const rendered = renderMemberConfig(identity, initial, { ...someSettings(runs), ...settings })
      const text = edit === undefined ? rendered : dump(edit(readKeys(rendered)), { forceQuotes: true, lineWidth: -1 })
      // Members share one network and one disk here.
      writeFileSync(file, text.replaceAll('//0.0.0.0:', `//${address}:`).replaceAll('/etc/etcd-tls/', `${tlsFolder}/`))
      const started = spawn(etcdBinary(runs, 'etcd'), ['--config-file', file], { stdio: ['ignore', 'ignore', 'pipe'] })
      started.stderr.on('data', (chunk) => (log += chunk))
      process = started
      ending = new Promise((resolve) => started.on('close', resolve))
    },
    ended: () => ending,
    signal: (signal) => void process?.kill(signal),
    async freeze() {
      process?.kill('SIGSTOP')
      await eventually(`${name} is frozen`, async () => (areStopped(process?.pid ?? 0) ? true : undefined))
    },
    async kill() {
      process?.kill('SIGKILL')
      await ending
    },
    loseVolume: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

/** The state stands behind the command's name, which may hold blanks. */
function areStopped(pid: number): boolean {
  const stats = readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))
  return stats.every((stat) => stat.slice(stat.lastIndexOf(')') + 2).startsWith('T'))
}

/** The fields of the line that etcd logs about its settings when it starts. */
export function startLine(log: string): Readonly<Record<string, unknown>> {
  const line = log.split('\n').findLast((text) => text.includes('"starting an etcd server"'))
  if (line === undefined) throw new Error(`no start line in:\n${log}`)
  return JSON.parse(line)
}

/** Calls until it gives a value and doesn't throw. */
export async function eventually<T>(what: string, call: () => Promise<T | undefined>, timeoutMs = 20_000): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const value = await call()
      if (value !== undefined) return value
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s`, { cause: last })
}
