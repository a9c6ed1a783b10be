import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { messageOf } from '../../model/message-of.ts'
import type { ReadAccess } from './access.ts'
import { chooseAccess, serviceAccountDir } from './choose-access.ts'
import { accessOf, openKubeconfig } from './kubeconfig.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The way of a person to an API server, as kubectl finds it. */
export interface PersonalAccess {
  readonly access: ReadAccess
  /** Name of the context; undefined in a pod. */
  readonly context: string | undefined
  /** Names of all contexts; none in a pod. */
  readonly contexts: readonly string[]
  /** Address of the API server, as the kubeconfig has it; undefined in a pod. */
  readonly server: string | undefined
  /** The namespace of the context, or `default`. */
  readonly namespace: string
}

/** Why there is no way to an API server: something that a person can correct in a kubeconfig or on the command line. */
export class NoAccess extends Error {
  override readonly name = 'NoAccess'
  /** The contexts that there are, where another one was asked for. */
  readonly contexts: readonly string[]

  constructor(message: string, contexts: readonly string[] = []) {
    super(message)
    this.contexts = contexts
  }
}

/**
 * Finds the way as kubectl does: `kubeconfig`, or the files of $KUBECONFIG merged, or ~/.kube/config; the first file that names a context,
 * cluster or user wins. Without any of them, in a pod, its service account.
 *
 * @throws NoAccess
 */
export async function personalAccess(
  wish: { readonly kubeconfig?: string | undefined; readonly context?: string | undefined },
  env: Environment,
  podDir = serviceAccountDir,
): Promise<PersonalAccess> {
  const home = join(env.HOME ?? homedir(), '.kube', 'config')
  const listed = wish.kubeconfig !== undefined ? [wish.kubeconfig] : env.KUBECONFIG ? env.KUBECONFIG.split(delimiter) : [home]
  const paths = listed.filter((path) => path !== '' && existsSync(path))
  if (wish.kubeconfig !== undefined && paths.length === 0) throw new NoAccess(`the kubeconfig ${wish.kubeconfig} does not exist`)
  if (paths.length === 0) return accessInPod(env, podDir, listed)

  const config = await merged(paths)
  const names = config.contexts.map(({ name }) => name)
  if (wish.context !== undefined && !names.includes(wish.context))
    throw new NoAccess(`the kubeconfig has no context "${wish.context}"`, names)
  if (wish.context !== undefined) config.setCurrentContext(wish.context)
  const context = config.getContextObject(config.getCurrentContext())
  if (context === null) throw new NoAccess(`${paths.join(delimiter)} has no current context: choose one with --context`, names)
  return {
    access: () => accessOf(config, paths.join(delimiter)),
    context: context.name,
    contexts: names,
    server: config.getCurrentCluster()?.server,
    namespace: context.namespace || 'default',
  }
}

async function merged(paths: readonly string[]): Promise<KubeConfig> {
  const [first = '', ...others] = paths
  const config = await opened(first)
  for (const path of others) {
    const other = await opened(path)
    const isNew = (have: readonly { readonly name: string }[]) => (one: { readonly name: string }) =>
      have.every(({ name }) => name !== one.name)
    for (const cluster of other.clusters.filter(isNew(config.clusters))) config.addCluster(cluster)
    for (const user of other.users.filter(isNew(config.users))) config.addUser(user)
    for (const context of other.contexts.filter(isNew(config.contexts))) config.addContext(context)
    if (!config.getCurrentContext()) config.setCurrentContext(other.getCurrentContext())
  }
  return config
}

async function opened(path: string): Promise<KubeConfig> {
  try {
    return await openKubeconfig(path)
  } catch (error) {
    throw new NoAccess(`${path} can't be read as a kubeconfig: ${messageOf(error)}`)
  }
}

function accessInPod(env: Environment, podDir: string, tried: readonly string[]): PersonalAccess {
  if (!existsSync(join(podDir, 'token')))
    throw new NoAccess(`no kubeconfig: ${tried.filter(Boolean).join(' and ') || '$KUBECONFIG'} does not exist`)
  const access = chooseAccess(undefined, { ...env, KUBECONFIG: '' }, podDir)
  const file = join(podDir, 'namespace')
  return {
    access,
    context: undefined,
    contexts: [],
    server: undefined,
    namespace: (existsSync(file) && readFileSync(file, 'utf8').trim()) || 'default',
  }
}
