import { ETCD_BACKUP, ETCD_CLUSTER } from '../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../adapters/kube/object.ts'
import type { Command } from './command.ts'
import { type Completion, complete } from './complete.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { harmless } from './text.ts'
import type { World } from './world.ts'

/** Nobody waits longer for a suggestion. */
const patienceMs = 3000
const namespaces: ResourceKind<KubeObject> = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', clusterScoped: true }
/** "Suggest no files", of the library that kubectl's own completion is made with (cobra, ShellCompDirectiveNoFileComp). */
const noFiles = ':4'

/**
 * Prints what may stand in the place of the last word, in the form in which kubectl asks `kubectl_complete-etcd` for it: a word and a tab
 * and what it does on each line, and a directive at the end. What can't be looked up is left out: an error in the middle of a command line
 * helps nobody.
 */
export async function runCompletion(words: readonly string[], commands: readonly Command[], world: World): Promise<ExitCode> {
  const completion = complete(words, commands)
  const current = words.at(-1) ?? ''
  const found = completion.lookUp === undefined ? [] : await lookUp(completion, world, commands).catch(() => [])
  const candidates = [...completion.words, ...found.map((one) => [one, ''] as const)]
    .map(([word, does]) => [completion.prefix + word, does] as const)
    .filter(([word]) => word.startsWith(current) && harmless(word) === word)
  world.terminal(true).write([...candidates.map(([word, does]) => (does === '' ? word : `${word}\t${does}`)), noFiles, ''].join('\n'))
  return exitCodes.ok
}

async function lookUp(
  { given, lookUp: what, positionals }: Completion,
  world: World,
  commands: readonly Command[],
): Promise<readonly string[]> {
  if (what === 'command') return commands.map(({ name }) => name)
  const connection = await world.connect({ kubeconfig: given.get('kubeconfig'), context: given.get('context') })
  if (what === 'context') return connection.contexts
  const namespace = given.get('namespace') ?? connection.namespace
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(patienceMs)])
  const names = async (kind: ResourceKind<KubeObject>) =>
    (await connection.kube.list(kind, { namespace: kind.clusterScoped ? undefined : namespace, limit: 500 }, signal)).items.map(
      ({ metadata }) => metadata.name,
    )
  switch (what) {
    case 'namespace':
      return names(namespaces)
    case 'backup':
      return names(ETCD_BACKUP)
    case 'member': {
      const cluster = await connection.kube.get(ETCD_CLUSTER, { namespace, name: positionals[0] ?? '' }, signal)
      return cluster?.status?.memberStatus?.map(({ name }) => name) ?? []
    }
    default: {
      // A name that stands there already is no candidate for the next one.
      return (await names(ETCD_CLUSTER)).filter((name) => !positionals.includes(name))
    }
  }
}
