import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../command.ts'
import { SetUpFailed } from '../set-up-failed.ts'
import { logsDir } from './layout.ts'
import { causeIn } from './log-cause.ts'

/** A process of the cluster. The start time tells it from a later process with the same pid. */
export type Daemon = Readonly<{ name: string; pid: number; start: string }>

/** In the environment of every process that the cluster starts; containerd hands it on to its shims. */
const marker = 'ETCD_OPERATOR_TEST_CLUSTER=1'

/** Starts a process that outlives this one; it logs to `logs/<name>.log`. With `netnsPath` it runs in that network namespace. */
export async function startDaemon(name: string, command: string, args: readonly string[], netnsPath?: string): Promise<Daemon> {
  const log = openLog(name)
  const [program, ...all] = netnsPath === undefined ? [command, ...args] : ['nsenter', `--net=${netnsPath}`, '--', command, ...args]
  const [key, value] = marker.split('=') as [string, string]
  const child = spawn(program, all, {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: { ...daemonEnvironment(), [key]: value },
  })
  closeSync(log)
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  child.unref()
  const pid = child.pid
  const start = pid === undefined ? undefined : findStart(pid)
  if (pid === undefined || start === undefined) throw daemonFailed(name, 'ended at once')
  return { name, pid, start }
}

/** Waits until `probe` gives a value; throws, with the cause from the process's log, as soon as it has ended or the time is over. */
export async function untilServing<T>(daemon: Daemon, timeoutMs: number, probe: () => Promise<T | undefined>): Promise<T> {
  const ended = Symbol()
  const look = async () => {
    if (!isRunning(daemon)) return ended
    return probe()
  }
  const value = await until(daemon.name, timeoutMs, look).catch((error: unknown) => {
    throw daemonFailed(daemon.name, `is not ready after ${timeoutMs / 1000} s`, error)
  })
  if (value === ended) throw daemonFailed(daemon.name, 'ended before it was ready')
  return value as T
}

/** Waits for `work`; throws, with the cause from its log, as soon as one of the processes has ended that are there by then. */
export async function whileRunning<T>(daemons: readonly Daemon[], work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const ended = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const gone = daemons.find((daemon) => !isRunning(daemon))
      if (gone !== undefined) reject(daemonFailed(gone.name, 'ended while the cluster was started'))
    }, 500)
  })
  work.catch(() => {}) // Nobody waits for it any more when a process has ended.
  try {
    return await Promise.race([work, ended])
  } finally {
    clearInterval(timer)
  }
}

/** `last`: what was seen last, where the log is silent. */
export function daemonFailed(name: string, what: string, last?: unknown): SetUpFailed {
  const why = causeIn(existsSync(logFile(name)) ? readFileSync(logFile(name), 'utf8') : '')
  return new SetUpFailed(`${name} ${what}`, { why: why ?? (last instanceof Error ? last.message : 'its log is empty'), log: logFile(name) })
}

export function isRunning(daemon: Daemon): boolean {
  return findStart(daemon.pid) === daemon.start
}

/** Processes that carry the cluster's marker, whether or not a state file knows them. */
export function findMarked(): readonly Daemon[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const pid = Number(entry)
      const start = findStart(pid)
      return start !== undefined && pid !== process.pid && isMarked(pid) ? [{ name: 'marked', pid, start }] : []
    })
}

/** Kills and waits until they are gone. */
export async function killDaemons(daemons: readonly Daemon[]): Promise<void> {
  for (const daemon of daemons) {
    if (isRunning(daemon)) signal(daemon.pid)
  }
  await until('the killed processes end', 20_000, async () => (daemons.some(isRunning) ? undefined : true), 20)
}

export function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

export function logFile(name: string): string {
  return join(logsDir, `${name}.log`)
}

/** Empties logs that a long-lived cluster has let grow: every writer appends, so it goes on at the beginning. */
export function trimLogs(): void {
  for (const file of readdirSync(logsDir).filter((name) => !name.startsWith('audit'))) {
    if (statSync(join(logsDir, file)).size > 64 << 20) truncateSync(join(logsDir, file))
  }
}

/** Appends; what an earlier run left is kept as `.old` when it has grown large. */
function openLog(name: string): number {
  mkdirSync(logsDir, { recursive: true })
  const path = logFile(name)
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 8 << 20) renameSync(path, `${path}.old`)
  return openSync(path, 'a')
}

/** What a daemon gets of this process's environment: nothing that a user or a test set for itself. */
function daemonEnvironment(): NodeJS.ProcessEnv {
  const path = process.env.PATH ?? ''
  return { PATH: `${path}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin`, HOME: '/root', LANG: 'C.UTF-8' }
}

/** Boot and field 22 of /proc/PID/stat; undefined when there is no such process, or only a zombie of it. */
export function findStart(pid: number): string | undefined {
  try {
    const ticks = startTicksIn(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return ticks === undefined ? undefined : `${bootId()}:${ticks}`
  } catch {
    return undefined
  }
}

/** The command's name, in parentheses, may itself hold spaces and parentheses. */
export function startTicksIn(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
}

function isMarked(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(marker)
  } catch {
    return false
  }
}
