import { personalAccess } from '../../src/adapters/kube/personal-access.ts'
import { connectKube } from '../../src/adapters/kube.ts'
import { commands } from '../../src/plugin/commands.ts'
import { run } from '../../src/plugin/run.ts'
import { openTerminal } from '../../src/plugin/terminal.ts'
import type { World } from '../../src/plugin/world.ts'

/** What came of a command of `kubectl etcd`. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** What it wrote that is no text, such as an archive. */
  readonly bytes: Buffer
  /** The kubectl commands that it ran. */
  readonly kubectl: readonly (readonly string[])[]
  /** What it asked. */
  readonly questions: readonly string[]
}

export interface PersonOptions {
  readonly kubeconfig: string
  /** What the person answers; undefined: there is no terminal. */
  readonly answer?: string
  readonly now?: () => number
  readonly signal?: AbortSignal
  readonly env?: Readonly<Record<string, string>>
}

/** Calls the plugin's own program in this process, as a person with this kubeconfig. */
export async function asPerson(line: string | readonly string[], options: PersonOptions): Promise<Outcome> {
  const argv = typeof line === 'string' ? line.split(' ') : line
  const out: Buffer[] = []
  const err: string[] = []
  const kubectl: (readonly string[])[] = []
  const questions: string[] = []
  const env = { KUBECONFIG: options.kubeconfig, ...options.env }
  const closing: (() => Promise<void>)[] = []
  const world: World = {
    env,
    signal: options.signal ?? new AbortController().signal,
    now: options.now ?? (() => Date.now()),
    async question(what) {
      questions.push(typeof what === 'string' ? what : JSON.stringify(what))
      return options.answer
    },
    async kubectl(args) {
      kubectl.push(args)
      return 7
    },
    terminal: (plain) =>
      openTerminal({
        stdout: { write: (data) => out.push(Buffer.from(data)) },
        stderr: { write: (data) => err.push(String(data)) },
        env,
        plain,
      }),
    async connect(wish) {
      const { access, contexts, namespace } = await personalAccess(wish, env)
      const kube = connectKube({ access, env, userAgent: 'kubectl-etcd', fieldManager: 'kubectl-etcd' })
      closing.push(() => kube.close())
      return { contexts, kube, raw: kube.raw, namespace, title: 'the API server' }
    },
  }
  try {
    const code = await run(argv, commands, world)
    const bytes = Buffer.concat(out)
    return { code, stdout: bytes.toString('utf8'), stderr: err.join(''), bytes, kubectl, questions }
  } finally {
    await Promise.all(closing.map((close) => close()))
  }
}
