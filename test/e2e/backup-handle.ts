import { ETCD_BACKUP, JOB, type Job, POD, type Pod } from '../../src/adapters/kube/kinds.ts'
import type { Draft } from '../../src/adapters/kube/object.ts'
import type { EtcdBackup } from '../../src/api/backups.ts'
import type { Condition } from '../../src/api/etcd-cluster.ts'
import type { Stage } from './harness.ts'
import { NotInTime, until } from './until.ts'

/** A spec as a person writes it: whatever the schema fills in may be left out. */
export interface BackupWish {
  readonly cluster?: string
  readonly claimName?: string
  readonly path?: string
  readonly deletionPolicy?: 'Retain' | 'Delete'
  readonly timeout?: string
}

/** One EtcdBackup, as a person sees it. */
export interface BackupHandle {
  readonly name: string
  create(wish?: BackupWish): Promise<EtcdBackup>
  get(): Promise<EtcdBackup | undefined>
  until(what: string, seconds: number, holds: (backup: EtcdBackup) => boolean): Promise<EtcdBackup>
  /** Until it is Completed; one that fails instead fails the test with its own words. */
  untilCompleted(seconds?: number): Promise<EtcdBackup>
  untilFailed(seconds?: number): Promise<EtcdBackup>
  /** Deleted, and gone. */
  delete(...flags: readonly string[]): Promise<void>
  job(): Promise<Job | undefined>
  pods(): Promise<readonly Pod[]>
}

export function backupHandle({ k8s, namespace, kubectl }: Stage, name: string): BackupHandle {
  const ref = { namespace, name }
  const signal = () => AbortSignal.timeout(20_000)
  const get = () => k8s.kube.get(ETCD_BACKUP, ref, signal())

  async function untilBackup(what: string, seconds: number, holds: (backup: EtcdBackup) => boolean): Promise<EtcdBackup> {
    let seen: EtcdBackup | undefined
    try {
      return await until(`${name} ${what}`, seconds, async () => {
        seen = await get()
        return seen !== undefined && holds(seen) ? seen : undefined
      })
    } catch (error) {
      throw error instanceof NotInTime ? error.withMore(JSON.stringify(seen?.status)) : error
    }
  }

  async function untilEnded(phase: 'Completed' | 'Failed', seconds: number): Promise<EtcdBackup> {
    const ended = await untilBackup('has ended', seconds, ({ status }) => status?.phase === 'Completed' || status?.phase === 'Failed')
    if (ended.status?.phase !== phase) throw new Error(`${name} is not ${phase}: ${JSON.stringify(ended.status)}`)
    return ended
  }

  return {
    name,
    create({ cluster = 'demo', claimName = 'backups', path, ...spec } = {}) {
      const volume = { claimName, ...(path === undefined ? {} : { path }) }
      // The server fills in what the wish leaves out.
      const draft = { metadata: ref, spec: { cluster, storage: { volume }, ...spec } } as unknown as Draft<EtcdBackup>
      return k8s.kube.create(ETCD_BACKUP, draft, signal())
    },
    get,
    until: untilBackup,
    untilCompleted: (seconds = 60) => untilEnded('Completed', seconds),
    untilFailed: (seconds = 60) => untilEnded('Failed', seconds),
    async delete(...flags) {
      await kubectl(['delete', 'etcdbackup', name, '--wait=false', ...flags])
      await until(`${name} is gone`, 60, async () => ((await get()) === undefined ? true : undefined))
    },
    job: () => k8s.kube.get(JOB, { namespace, name: `${name}-backup` }, signal()),
    pods: async () =>
      (await k8s.kube.list(POD, { namespace, labelSelector: `etcd-operator.dev/backup=${name},etcd-operator.dev/agent=backup` }, signal()))
        .items,
  }
}

export function conditionOf(backup: EtcdBackup, type: 'Complete' | 'Stalled'): Condition | undefined {
  return backup.status?.conditions?.find((one) => one.type === type)
}
