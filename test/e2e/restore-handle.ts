import { ETCD_RESTORE } from '../../src/adapters/kube/kinds.ts'
import type { EtcdRestore, RestoreSource } from '../../src/api/backups.ts'
import type { Condition } from '../../src/api/etcd-cluster.ts'
import type { Stage } from './harness.ts'
import { NotInTime, until } from './until.ts'

export interface RestoreWish {
  readonly source: RestoreSource
  readonly cluster: string
  readonly clusterSpec?: object
}

/** One EtcdRestore, as a person sees it. */
export interface RestoreHandle {
  create(wish: RestoreWish): Promise<void>
  get(): Promise<EtcdRestore>
  until(what: string, seconds: number, holds: (restore: EtcdRestore) => boolean): Promise<EtcdRestore>
  /** Until it is Completed or Failed. */
  untilEnded(seconds?: number): Promise<EtcdRestore>
}

export function restoreHandle({ k8s, namespace }: Stage, name: string): RestoreHandle {
  const ref = { namespace, name }
  const signal = () => AbortSignal.timeout(20_000)

  async function get(): Promise<EtcdRestore> {
    const restore = await k8s.kube.get(ETCD_RESTORE, ref, signal())
    if (restore === undefined) throw new Error(`there is no EtcdRestore ${namespace}/${name}`)
    return restore
  }

  async function untilRestore(what: string, seconds: number, holds: (restore: EtcdRestore) => boolean): Promise<EtcdRestore> {
    let seen: EtcdRestore | undefined
    try {
      return await until(`${name}: ${what}`, seconds, async () => {
        seen = await get()
        return holds(seen) ? seen : undefined
      })
    } catch (error) {
      throw error instanceof NotInTime ? error.withMore(seen === undefined ? 'nothing was seen' : inWords(seen)) : error
    }
  }

  return {
    create: async ({ source, cluster, clusterSpec }) => {
      const spec = { source, cluster, ...(clusterSpec ? { clusterSpec: { ...clusterSpec } } : {}) }
      await k8s.kube.create(ETCD_RESTORE, { metadata: ref, spec }, signal())
    },
    get,
    until: untilRestore,
    untilEnded: (seconds = 120) => untilRestore('it ends', seconds, isEnded),
  }
}

export function isEnded({ status }: EtcdRestore): boolean {
  return status?.phase === 'Completed' || status?.phase === 'Failed'
}

/** `Completed`, or `Failed ClusterExists`. */
export function endOf(restore: EtcdRestore): string {
  const { phase } = restore.status ?? {}
  return phase === 'Failed' ? `Failed ${saidOf(restore)?.reason}` : String(phase)
}

export function saidOf({ status }: EtcdRestore): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Complete')
}

function inWords(restore: EtcdRestore): string {
  return `${restore.status?.phase ?? 'no phase'}: ${saidOf(restore)?.reason}: ${saidOf(restore)?.message}`
}
