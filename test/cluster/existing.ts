import { resolve } from 'node:path'
import type { Provider } from './cluster.ts'
import { RequirementMissing, run } from './command.ts'

/** A cluster that somebody else made and will remove; its nodes must be able to pull the images. */
export function existingProvider(kubeconfig: string | undefined): Provider {
  if (kubeconfig === undefined) throw new RequirementMissing('An existing cluster needs --kubeconfig FILE.')
  const file = resolve(kubeconfig)
  return {
    up: async (_, progress) => {
      const nodes = nodesIn(await run('kubectl', listNodesArgs(file)))
      progress(`using the cluster of ${file} with ${nodes.length} nodes`)
      return { provider: 'existing', kubeconfig: file, nodes, etcdVersions: [], images: [], kubectl: 'kubectl', bin: '' }
    },
    down: async (progress) => progress('an existing cluster is left as it is'),
    load: async (archive) => {
      throw new RequirementMissing(`An existing cluster can't be given ${archive}: push the image to a registry that its nodes reach.`)
    },
  }
}

export function listNodesArgs(kubeconfig: string): readonly string[] {
  return ['--kubeconfig', kubeconfig, '--request-timeout', '10s', 'get', 'nodes', '--output', 'json']
}

type NodeList = Readonly<{
  items: readonly Readonly<{
    metadata: { name: string; labels?: Record<string, string> }
    status: { addresses?: readonly { type: string; address: string }[] }
  }>[]
}>

export function nodesIn(json: string): readonly { name: string; zone: string; ip: string }[] {
  const list = JSON.parse(json) as NodeList
  return list.items.map(({ metadata, status }) => ({
    name: metadata.name,
    zone: metadata.labels?.['topology.kubernetes.io/zone'] ?? '',
    ip: status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
  }))
}
