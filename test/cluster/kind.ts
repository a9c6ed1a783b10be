import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir } from './cache.ts'
import type { Provider } from './cluster.ts'
import { run, tryRun } from './command.ts'
import { listNodesArgs, nodesIn } from './existing.ts'
import { etcdVersions } from './versions.ts'

/** kind (Kubernetes in Docker), for a desktop. Not run in CI: only its command lines are tested there. */
export function kindProvider(): Provider {
  const folder = cacheDir('kind')
  const kubeconfig = join(folder, 'kubeconfig')
  return {
    up: async ({ nodes }, progress) => {
      mkdirSync(folder, { recursive: true })
      const running = (await run('kind', ['get', 'clusters'])).split('\n').includes(clusterName)
      if (running && (await run('kind', nodesArgs())).trim().split('\n').length !== nodes + 1) await run('kind', deleteArgs(kubeconfig))
      if (!(await run('kind', ['get', 'clusters'])).split('\n').includes(clusterName)) {
        const config = join(folder, 'config.json')
        writeFileSync(config, JSON.stringify(kindConfig(nodes)))
        progress('creating a kind cluster')
        await run('kind', createArgs(config, kubeconfig))
      }
      await run('kind', exportArgs(kubeconfig))
      const workers = nodesIn(await run('kubectl', listNodesArgs(kubeconfig))).filter(({ zone }) => zone !== '')
      return { provider: 'kind', kubeconfig, nodes: workers, etcdVersions, images: [], kubectl: 'kubectl', bin: '' }
    },
    down: async (progress) => {
      progress('deleting the kind cluster')
      await run('kind', deleteArgs(kubeconfig))
    },
    load: async (archive) => void (await run('kind', loadArgs(archive))),
  }
}

/** True where kind is installed and a Docker engine, not only its command, is there. */
export async function kindAnswers(): Promise<boolean> {
  const engine = await tryRun('docker', ['version', '--format', '{{.Server.Version}}'], { signal: AbortSignal.timeout(5_000) })
  return engine !== undefined && (await tryRun('kind', ['version'])) !== undefined
}

const clusterName = 'etcd-operator-dev'

/** One control plane and the given number of workers, spread over three zones. */
export function kindConfig(nodes: number): unknown {
  const workers = Array.from({ length: nodes }, (_, index) => ({
    role: 'worker',
    labels: { 'topology.kubernetes.io/zone': `zone-${'abc'[index % 3]}` },
  }))
  return { kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', nodes: [{ role: 'control-plane' }, ...workers] }
}

export function createArgs(config: string, kubeconfig: string): readonly string[] {
  return ['create', 'cluster', '--name', clusterName, '--config', config, '--kubeconfig', kubeconfig, '--wait', '120s']
}

export function exportArgs(kubeconfig: string): readonly string[] {
  return ['export', 'kubeconfig', '--name', clusterName, '--kubeconfig', kubeconfig]
}

export function deleteArgs(kubeconfig: string): readonly string[] {
  return ['delete', 'cluster', '--name', clusterName, '--kubeconfig', kubeconfig]
}

export function nodesArgs(): readonly string[] {
  return ['get', 'nodes', '--name', clusterName]
}

export function loadArgs(archive: string): readonly string[] {
  return ['load', 'image-archive', archive, '--name', clusterName]
}
