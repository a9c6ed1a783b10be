import { isFailure } from '../adapters/failure.ts'
import { NoAccess } from '../adapters/kube/personal-access.ts'
import { isKindMissing, isTlsTrouble, isUnauthenticated, whatIsForbidden } from '../adapters/kube/refusals.ts'
import { NoKubectl } from '../adapters/kubectl.ts'
import { messageOf } from '../model/message-of.ts'
import { Problem } from './problem.ts'
import { styled, type Text } from './text.ts'

/**
 * The failure of a request in the words of somebody who typed a command: what is wrong, and the way out.
 * @param target how the API server is called in messages
 */
export function explain(error: unknown, target: string): Problem {
  if (error instanceof Problem) return error
  if (error instanceof NoKubectl) return new Problem(error.message, ['this command runs kubectl, which has to be in the PATH'])
  if (error instanceof NoAccess) return withoutAccess(error)
  if (!isFailure(error)) return new Problem(messageOf(error), [], 1, { cause: error })
  const because = (message: string, hints: readonly Text[]) => new Problem(message, hints, 1, { cause: error })
  const forbidden = whatIsForbidden(error)
  if (forbidden !== undefined) {
    const { user, verb, resource, namespace } = forbidden
    const where = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`
    return because(`no right to ${verb} ${resource} ${where} (you are ${user})`, [
      `ask whoever gives rights in the cluster for the verb ${verb} on ${resource}; the ClusterRoles etcd-operator.dev:view and :edit have what this plugin needs`,
      ...(namespace === undefined && verb === 'list' ? [['or look at one namespace alone: ', styled('command', '-n NAMESPACE')]] : []),
      ['try: ', styled('command', `kubectl auth can-i ${verb} ${resource}${namespace === undefined ? ' -A' : ` -n ${namespace}`}`)],
    ])
  }
  if (isUnauthenticated(error))
    return because(`${target} does not accept your credentials: they have expired, or belong to another cluster`, [
      ['log in again, or choose another context with ', styled('command', '--context')],
    ])
  if (isKindMissing(error))
    return because(`the etcd operator isn't installed: ${target} does not know its kinds (${error.message})`, [
      'is this the cluster that you meant? docs/operations/install.md tells how to install the operator',
    ])
  if (isTlsTrouble(error))
    return because(`the certificate of ${target} is not trusted: ${error.message}`, [
      'the kubeconfig may be of another cluster, or of this cluster before it was made anew',
    ])
  if (error.kind === 'unavailable' || error.kind === 'timeout')
    return because(`${target} can't be reached: ${error.message}`, [
      ['try: ', styled('command', 'kubectl cluster-info')],
      ['or choose another context with ', styled('command', '--context')],
    ])
  return because(error.message, [])
}

function withoutAccess(error: NoAccess): Problem {
  const { contexts, message } = error
  if (contexts.length === 0)
    return new Problem(message, [['name a kubeconfig with ', styled('command', '--kubeconfig FILE'), ' or in KUBECONFIG']], 1, {
      cause: error,
    })
  return new Problem(message, [`there are: ${contexts.join(', ')}`], 1, { cause: error })
}
