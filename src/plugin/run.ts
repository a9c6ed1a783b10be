import { readCommandLine } from './arguments.ts'
import type { Command, Target } from './command.ts'
import { exitCodes } from './exit-code.ts'
import { explain } from './explain.ts'
import { commandHelp, generalHelp } from './help.ts'
import { Problem } from './problem.ts'
import { runCompletion } from './run-completion.ts'
import { styled, type Text } from './text.ts'
import type { World } from './world.ts'

/** Runs the program: reads the command line, calls the command, and prints what went wrong. */
export async function run(argv: readonly string[], commands: readonly Command[], world: World): Promise<number> {
  if (argv[0] === '__complete') return runCompletion(argv.slice(1), commands, world)
  const terminal = world.terminal(argv.includes('--no-color'))
  let title = 'the Kubernetes API server'
  try {
    const line = readCommandLine(argv, commands)
    if ('help' in line) {
      const columns = Math.min(terminal.columns ?? 100, 120)
      terminal.print(...(line.help === 'all' ? generalHelp(commands, columns) : commandHelp(line.help, columns)))
      return exitCodes.ok
    }
    const { args, command } = line
    let target: Promise<Target> | undefined
    const connect = async (): Promise<Target> => {
      const [kubeconfig, context] = [args.value('kubeconfig'), args.value('context')]
      const found = await world.connect({ kubeconfig, context })
      title = found.title
      const namespace = args.value('namespace') ?? found.namespace
      const kubectlFlags = [...(kubeconfig ? ['--kubeconfig', kubeconfig] : []), ...(context ? ['--context', context] : [])]
      return { ...found, namespace, scope: args.flag('all-namespaces') ? undefined : namespace, kubectlFlags }
    }
    return await command.run({
      args,
      terminal,
      connect() {
        target ??= connect()
        return target
      },
      signal: world.signal,
      now: world.now,
      env: world.env,
      question: world.question,
      kubectl: world.kubectl,
    })
  } catch (error) {
    if (world.signal.aborted && !(error instanceof Problem)) return exitCodes.interrupted
    const problem = explain(error, title)
    terminal.note(...problemLines(problem))
    return problem.exitCode
  }
}

function problemLines({ message, hints }: Problem): readonly Text[] {
  return [
    [styled('bad', 'error: '), message],
    ...hints.map((hint): Text => ['  ', ...(typeof hint === 'string' || 'style' in hint ? [hint] : hint)]),
  ]
}
