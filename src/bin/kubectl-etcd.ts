import { basename } from 'node:path'
import { personalAccess } from '../adapters/kube/personal-access.ts'
import { connectKube } from '../adapters/kube.ts'
import { runKubectl } from '../adapters/kubectl.ts'
import { commands } from '../plugin/commands.ts'
import { askPerson } from '../plugin/question.ts'
import { run } from '../plugin/run.ts'
import { openTerminal } from '../plugin/terminal.ts'
import type { World } from '../plugin/world.ts'

/** `kubectl etcd`: the plugin of kubectl. */
const stop = new AbortController()
const { env, stderr, stdin, stdout } = process

// A pager that is left early closes the pipe: nobody reads any more.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort(new Error(signal))
    // A second one ends the program at once.
    process.once(signal, () => process.exit(130))
  })
}

const world: World = {
  env,
  signal: stop.signal,
  now: () => Date.now(),
  question: (what) => askPerson(process, what, stop.signal),
  kubectl: (args) => runKubectl(args, env),
  terminal: (isPlain) => openTerminal({ stdout, stderr, stdin, env, plain: isPlain }),
  async connect(wish) {
    const { access, context, contexts, namespace, server } = await personalAccess(wish, env)
    const kube = connectKube({ access, env, userAgent: 'kubectl-etcd', fieldManager: 'kubectl-etcd' })
    const title =
      server === undefined
        ? 'the API server of this pod'
        : `the API server ${server}${context === undefined ? '' : ` (context ${context})`}`
    return { contexts, kube, raw: kube.raw, namespace, title }
  },
}

// Under its second name kubectl asks the plugin what may stand in the place of the last word.
const isAsked = basename(process.argv[1] ?? '') === 'kubectl_complete-etcd'

run([...(isAsked ? ['__complete'] : []), ...process.argv.slice(2)], commands, world).then(
  (code) => {
    process.exitCode = code
    // Connections that are kept open would hold the program for some seconds.
    stdout.write('', () => process.exit())
  },
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
