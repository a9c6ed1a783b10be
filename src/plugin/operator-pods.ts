import { isFailure } from '../adapters/failure.ts'
import { POD, type Pod } from '../adapters/kube/kinds.ts'
import type { Context, Target } from './command.ts'

export const operatorOption = {
  'operator-namespace': {
    value: 'NAMESPACE',
    help: "the operator's namespace; default: where its pods are, else etcd-operator-system",
    completes: 'namespace',
  },
} as const

/** Where `deploy/` installs the operator. */
export const usualNamespace = 'etcd-operator-system'
const labelSelector = 'app.kubernetes.io/name=etcd-operator,app.kubernetes.io/component=operator'

/**
 * The operator's pods. Who may not look into all namespaces looks into the usual one.
 *
 * @throws Failure `forbidden` where the person may not look there either
 */
export async function operatorPods({ args, signal }: Context, { kube }: Target): Promise<readonly Pod[]> {
  const namespace = args.value('operator-namespace')
  const list = async (where: string | undefined) =>
    (await kube.list(POD, { ...(where === undefined ? {} : { namespace: where }), labelSelector }, signal)).items
  if (namespace !== undefined) return list(namespace)
  return list(undefined).catch((error: unknown) => {
    if (isFailure(error, 'forbidden')) return list(usualNamespace)
    throw error
  })
}
