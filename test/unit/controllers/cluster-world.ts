import { Failure } from '../../../src/adapters/failure.ts'
import type { EtcdCluster } from '../../../src/api/etcd-cluster.ts'
import { clusterController } from '../../../src/controllers/cluster.ts'
import type { Tools } from '../../../src/controllers/tools.ts'
import type { MemberPerformance } from '../../../src/model/cluster/performance.ts'
import { SilentMembers } from '../../../src/observe/cluster/silent-members.ts'
import { createMetrics } from '../../../src/report/metrics/metrics.ts'
import type { PassResult } from '../../../src/runtime/controller-loop.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'
import type { Stored } from '../act/fake-kube.ts'
import { recordedLog, settled } from '../runtime/virtual-clock.ts'
import { ObjectWorld } from './object-world.ts'

interface Event {
  readonly type: string
  readonly reason: string
  readonly action: string
  readonly message: string
}

/** One namespace with the EtcdCluster `demo`, whose pods nobody starts: no member answers. */
export class ClusterWorld extends ObjectWorld {
  readonly log = recordedLog()
  readonly metrics = createMetrics('test')
  /** What the members' pages tell, by name. */
  performance: ReadonlyMap<string, MemberPerformance> = new Map()

  constructor(cluster: EtcdCluster = anEtcdCluster()) {
    super({ 'etcdclusters/demo': cluster })
  }

  get cluster(): EtcdCluster | undefined {
    return this.read('etcdclusters/demo')
  }

  condition(type: string) {
    return this.cluster?.status?.conditions?.find((condition) => condition.type === type)
  }

  get events(): readonly Event[] {
    return this.names('events').flatMap((name) => this.read<Event>(`events/${name}`) ?? [])
  }

  later(ms: number): void {
    this.clock.freeze(ms)
  }

  edit(change: (cluster: EtcdCluster) => object): void {
    const { cluster } = this
    if (cluster !== undefined) this.put('etcdclusters', { ...cluster, ...change(cluster) })
  }

  /** Passes of one operator, one after the other, over what its caches hold. */
  passes(cached: ReadonlyMap<string, Stored> = this.objects): () => Promise<PassResult> {
    const { pass } = clusterController(this.tools(cached))
    return async () => {
      const result = await pass('ns/demo', new AbortController().signal)
      await settled()
      return result
    }
  }

  protected override tools(cached: ReadonlyMap<string, Stored>): Tools {
    const tools = super.tools(cached)
    const silent = () => Promise.reject(new Failure('unavailable', 'connection refused'))
    const none = { get: () => undefined, list: () => [], all: () => [], ofCluster: () => [] }
    const reader = {
      get: async (kind: { plural: string }, _namespace: string, name: string) => cached.get(`${kind.plural}/${name}`),
      ofCluster: async () => [],
    }
    const { log, metrics } = this
    const etcd = { status: silent, raftStatus: silent, memberList: silent }
    // The calls that are made here.
    const members = { etcd, pages: { look: () => this.performance }, silent: new SilentMembers(this.clock), wakeCluster: () => {} }
    return {
      ...tools,
      ...members,
      caches: { ...tools.caches, backups: none, schedules: none, users: none, reader },
      log,
      metrics,
    } as unknown as Tools
  }
}
