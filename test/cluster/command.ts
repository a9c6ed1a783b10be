import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Something that the machine lacks or that the caller got wrong; the message is one sentence for a person. */
export class RequirementMissing extends Error {}

export type RunOptions = Readonly<{
  cwd?: string
  env?: NodeJS.ProcessEnv
  input?: string
  signal?: AbortSignal
  /** Each line that the command writes to its error output, as soon as it is there. */
  onErrorLine?: (line: string) => void
}>

/** Commands that run right now: they end with this process, or a failed start would go on building. */
const running = new Set<ChildProcess>()
process.on('exit', stopCommands)

/** Interrupts them as a person would by Ctrl-C: on that signal, and on no other, `go build` ends its compilers as well. */
export function stopCommands(): void {
  for (const child of running) child.kill('SIGINT')
}

/** Runs a command to its end and returns its standard output; throws with the last lines of its error output. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input, onErrorLine, ...spawnOptions } = options
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 1 << 28, ...spawnOptions }, (error, stdout, stderr) => {
      running.delete(child)
      if (error === null) resolve(stdout)
      else reject(new Error(`${command} ${args.join(' ')} failed: ${lastLines(stderr) || error.message}`, { cause: error }))
    })
    running.add(child)
    if (onErrorLine !== undefined && child.stderr !== null) createInterface(child.stderr).on('line', onErrorLine)
    child.stdin?.on('error', () => {}) // A command may end without reading its input.
    child.stdin?.end(input ?? '')
  })
}

/** As `run`, for clean-up: undefined instead of an error. */
export function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<string | undefined> {
  return run(command, args, options).catch(() => undefined)
}

/** Runs a Node program in the project's root, its output on ours (`quiet`: only its errors), and gives its exit code. */
export function runNode(args: readonly string[], options: Readonly<{ env?: NodeJS.ProcessEnv; quiet?: boolean }> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: join(import.meta.dirname, '..', '..'),
      stdio: ['ignore', options.quiet ? 'ignore' : 'inherit', 'inherit'],
      env: { ...process.env, ...options.env },
    })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

/** Calls `probe` until it gives a value; throws `what` with the last error once the time is over. */
export async function until<T>(what: string, timeoutMs: number, probe: () => Promise<T | undefined>, everyMs = 100): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const value = await probe()
      if (value !== undefined) return value
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s${last instanceof Error ? ` (${last.message})` : ''}`, { cause: last })
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join(' | ')
}
