import { personalAccess } from '../adapters/kube/personal-access.ts'
import { connectKube } from '../adapters/kube.ts'
import { commands } from '../plugin/commands.ts'
import { run, type World } from '../plugin/run.ts'
import { openTerminal } from '../plugin/terminal.ts'

/** `kubectl etcd`: the plugin of kubectl. */
const stop = new AbortController()
const { env, stderr, stdout } = process

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
  terminal: (isPlain) => openTerminal({ stdout, stderr, env, plain: isPlain }),
  async connect(wish) {
    const { access, context, server, namespace } = await personalAccess(wish, env)
    const kube = connectKube({ access, env, userAgent: 'kubectl-etcd', fieldManager: 'kubectl-etcd' })
    const title =
      server === undefined
        ? 'the API server of this pod'
        : `the API server ${server}${context === undefined ? '' : ` (context ${context})`}`
    return { kube, namespace, title }
  },
}

run(process.argv.slice(2), commands, world).then(
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
