import type { EtcdRestore, EtcdRestoreStatus } from '../../../src/api/backups.ts'
import type { EtcdCluster, EtcdClusterStatus } from '../../../src/api/etcd-cluster.ts'
import { restoreController } from '../../../src/controllers/restore.ts'
import { packSpec } from '../../../src/model/agent/packed-spec.ts'
import type { AgentResult } from '../../../src/model/agent/task.ts'
import type { PassResult } from '../../../src/runtime/controller-loop.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'
import { aRestore, aStoredBackup, begunWith, clusterCondition, from, type RestoreScene, snapshot } from '../../builders/a-restore.ts'
import type { Stored } from '../act/fake-kube.ts'
import { ObjectWorld } from './object-world.ts'

const completed = { phase: 'Completed', location: 'demo/b1.db', sha256: snapshot.sha256, revision: snapshot.revision } as const
const manifest = { cluster: 'demo', clusterId: 'c1c1', etcdVersion: '3.6.16', spec: packSpec(anEtcdCluster({ size: 3 }).spec) }
export const whole: AgentResult = { result: 'Verified', snapshot, manifest }

/** One namespace with a completed backup b1, its claim, and EtcdRestores. Jobs and EtcdClusters do what `worldMoves` says. */
export class RestoreWorld extends ObjectWorld {
  /** What the agent reports when it has read the file. */
  agentSays: AgentResult = whole

  constructor(...restores: readonly RestoreScene[]) {
    super({
      'etcdbackups/b1': aStoredBackup(completed),
      'persistentvolumeclaims/backups': { metadata: { name: 'backups', uid: 'uid-pvc', resourceVersion: '1' } },
    })
    for (const { restore } of restores) this.put('etcdrestores', restore)
  }

  status(name = 'r1'): EtcdRestoreStatus | undefined {
    return this.read<EtcdRestore>(`etcdrestores/${name}`)?.status
  }

  cluster(name = 'demo2'): EtcdCluster | undefined {
    return this.read(`etcdclusters/${name}`)
  }

  /** One pass of an operator that has just started, over what its caches hold. */
  async pass(name = 'r1', cached: ReadonlyMap<string, Stored> = this.objects): Promise<void> {
    await this.passes(name, cached)()
  }

  /** Passes of one operator, one after the other. */
  passes(name: string, cached: ReadonlyMap<string, Stored>): () => Promise<PassResult> {
    const { pass } = restoreController(this.tools(cached))
    return () => pass(`ns/${name}`, new AbortController().signal)
  }

  /** What Kubernetes, the agent and the cluster's own controller do next. */
  worldMoves(): void {
    for (const name of this.names('jobs')) this.endJob(name, this.agentSays)
    for (const name of this.names('etcdclusters')) this.#grow(name)
  }

  /** Passes and moves until it has ended; an operator that crashes is started again. */
  async untilEnded(name = 'r1'): Promise<EtcdRestoreStatus> {
    for (let pass = 0; pass < 40; pass++) {
      await this.pass(name).catch(() => undefined)
      const status = this.status(name)
      if (status?.phase === 'Completed' || status?.phase === 'Failed') return status
      this.worldMoves()
    }
    throw new Error(`not ended: ${JSON.stringify(this.status(name))}`)
  }

  timePasses(minutes: number): void {
    this.clock.freeze(minutes * 60_000)
  }

  /** The Jobs' pods are ready. */
  jobRuns(): void {
    for (const name of this.names('jobs')) this.put('jobs', { ...this.read<Stored>(`jobs/${name}`), status: { ready: 1 } })
  }

  #grow(name: string): void {
    const formed: EtcdClusterStatus = { clusterID: 'd2d2', members: 1, bootstrap: begunWith(from) }
    const ready: EtcdClusterStatus = { ...formed, members: 3, conditions: [clusterCondition('Ready', 'AllMembersServe')] }
    this.clusterSays(this.cluster(name)?.status?.clusterID === undefined ? formed : ready, name)
  }

  clusterSays(status: EtcdClusterStatus, name = 'demo2'): void {
    const cluster = this.cluster(name)
    if (cluster !== undefined) this.put('etcdclusters', { ...cluster, metadata: { ...cluster.metadata, generation: 1 }, status })
  }
}

/** EtcdRestore `name` of backup b1 into `cluster`. */
export function anotherRestore(name: string, cluster: string): RestoreScene {
  const scene = aRestore()
  const { metadata, spec } = scene.restore
  return scene.with({ restore: { ...scene.restore, metadata: { ...metadata, name, uid: `uid-${name}` }, spec: { ...spec, cluster } } })
}
