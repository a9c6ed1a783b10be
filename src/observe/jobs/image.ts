import { isFailure } from '../../adapters/failure.ts'
import { POD } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import { type Known, known, unknown } from '../../model/known.ts'

/** Name of the operator's container, as in the manifests under deploy/. */
const container = 'operator'

/** Reads the operator's own image from its own pod, once: a pod's image never changes while its program runs. */
export function agentImageReader(
  kube: Kube,
  own: { readonly namespace: string; readonly pod: string },
): (signal: AbortSignal) => Promise<Known<AgentImage>> {
  let read: Known<AgentImage> = unknown('not read yet')
  return async (signal) => {
    if (!read.known) read = await readImage(kube, own, signal)
    return read
  }
}

async function readImage(kube: Kube, own: { namespace: string; pod: string }, signal: AbortSignal): Promise<Known<AgentImage>> {
  try {
    const pod = await kube.get(POD, { namespace: own.namespace, name: own.pod }, signal)
    const found = pod?.spec?.containers.find(({ name }) => name === container)
    if (found?.image === undefined) return unknown(`there is no pod ${own.namespace}/${own.pod} with a container "${container}"`)
    const pullSecrets = pod?.spec?.imagePullSecrets ?? []
    return known({ name: found.image, pullPolicy: found.imagePullPolicy ?? 'IfNotPresent', pullSecrets })
  } catch (error) {
    if (!isFailure(error, 'forbidden')) throw error
    return unknown(`the operator may not read its own pod: ${error.message}`)
  }
}
