import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { run } from '../../cluster/command.ts'

/** What a program printed and how it ended. */
export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Wish {
  readonly kubeconfig?: string
  readonly env?: Readonly<Record<string, string>>
  /** Runs in a real terminal of this size; all that is printed is in `out` then. */
  readonly terminal?: { readonly columns: number; readonly rows?: number }
}

/** The plugin as it is released, in a folder that stands in $PATH. */
export interface Program {
  readonly folder: string
  run(args: readonly string[], wish?: Wish): Promise<Outcome>
  /** Begins it, for what somebody ends with Ctrl-C. */
  begin(args: readonly string[], wish?: Wish): Running
  /** A command line of a shell that finds the plugin. */
  shell(script: string, wish?: Wish & { readonly path?: readonly string[] }): Promise<Outcome>
}

export interface Running {
  /** All that was printed so far. */
  printed(): string
  interrupt(): void
  readonly ended: Promise<Outcome>
}

const root = join(import.meta.dirname, '..', '..', '..')

/** Builds the plugin; it takes a second. */
export async function buildPlugin(): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-etcd-'))
  await run(process.execPath, [join(root, 'scripts', 'build.ts'), folder], { cwd: root })
  await run('ln', ['-s', 'kubectl-etcd', join(folder, 'kubectl_complete-etcd')])

  const shell: Program['shell'] = (script, wish = {}) => begin('bash', ['-c', script], environment(folder, wish, wish.path)).ended
  return {
    folder,
    shell,
    run: (args, wish = {}) => beginPlugin(folder, args, wish).ended,
    begin: (args, wish = {}) => beginPlugin(folder, args, wish),
  }
}

function beginPlugin(folder: string, args: readonly string[], wish: Wish): Running {
  const env = environment(folder, wish)
  if (wish.terminal === undefined) return begin('kubectl-etcd', args, env)
  const { columns, rows = 24 } = wish.terminal
  // script(1) of util-linux gives a program a terminal; the program replaces the shell, so that its exit code is the answer.
  const line = `stty cols ${columns} rows ${rows} -echo; exec kubectl-etcd ${args.map((one) => `'${one}'`).join(' ')}`
  return begin('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], { ...env, SHELL: '/bin/sh', TERM: 'xterm' })
}

/** The machine's own Node, not the one of the project: whoever has the plugin has whatever Node. */
function environment(folder: string, { env = {}, kubeconfig }: Wish, path: readonly string[] = []): NodeJS.ProcessEnv {
  const others = (process.env.PATH ?? '').split(delimiter).filter((one) => !one.includes('node_modules'))
  return {
    PATH: [folder, ...path, ...others].join(delimiter),
    HOME: folder,
    LANG: 'C.UTF-8',
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
    ...env,
  }
}

function begin(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
  // A group of its own: a test's Ctrl-C must not reach the test.
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    out += data
  })
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    err += data
  })
  const isTerminal = command === 'script'
  return {
    printed: () => out + err,
    // In a terminal Ctrl-C is a key.
    interrupt: () => void (isTerminal ? child.stdin.write('\x03') : child.kill('SIGINT')),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 1), out, err }))
    }),
  }
}

/** The lines on the screen, without colours. */
export function linesOf(text: string): readonly string[] {
  return withoutColours(text)
    .split(/\r?\n/)
    .filter((line) => line !== '')
}

export function withoutColours(text: string): string {
  return text.replace(colours, '')
}

/** Select Graphic Rendition alone: any other control sequence stays. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
const colours = /\x1b\[[0-9;]*m/g
