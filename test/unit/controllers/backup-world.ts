import type { EtcdBackup } from '../../../src/api/backups.ts'
import { storedBackupFinalizer } from '../../../src/api/labels.ts'
import { backupController } from '../../../src/controllers/backup.ts'
import type { AgentResult } from '../../../src/model/agent/task.ts'
import type { PassResult } from '../../../src/runtime/controller-loop.ts'
import { aFormedCluster, type BackupScene, backedUp } from '../../builders/a-backup.ts'
import type { Stored } from '../act/fake-kube.ts'
import { ObjectWorld } from './object-world.ts'

const claim = { metadata: { name: 'backups', uid: 'uid-pvc', resourceVersion: '1' } }
const deletionTimestamp = '2026-11-21T10:00:00Z'

interface EndedJob {
  readonly spec: { readonly ttlSecondsAfterFinished?: number }
  readonly status?: { readonly conditions?: readonly { readonly lastTransitionTime?: string }[] }
}

/** One namespace with a formed cluster, a claim and the EtcdBackup b1. Jobs do what `worldMoves` says. */
export class BackupWorld extends ObjectWorld {
  /** What the agent reports of the backup. */
  agentSays: AgentResult = backedUp

  constructor({ backup }: BackupScene) {
    super({ 'etcdclusters/demo': aFormedCluster(), 'persistentvolumeclaims/backups': claim, 'etcdbackups/b1': backup })
  }

  get backup(): EtcdBackup | undefined {
    return this.read('etcdbackups/b1')
  }

  /** A person deletes the EtcdBackup. */
  deleteBackup(): void {
    const { backup } = this
    if (backup === undefined) return
    this.put('etcdbackups', { ...backup, metadata: { ...backup.metadata, deletionTimestamp } })
    this.#collectGarbage()
  }

  /** A person deletes the claim, which stays while a pod names it. */
  deleteClaim(): void {
    this.put('persistentvolumeclaims', { metadata: { ...claim.metadata, resourceVersion: '2', deletionTimestamp } })
  }

  /** One pass of an operator that has just started, over what its caches hold. */
  async pass(cached: ReadonlyMap<string, Stored> = this.objects): Promise<PassResult> {
    return this.passes(cached)()
  }

  /** Passes of one operator, one after the other. */
  passes(cached: ReadonlyMap<string, Stored>): () => Promise<PassResult> {
    const { pass } = backupController(this.tools(cached))
    return () => pass('ns/b1', new AbortController().signal).finally(() => this.#collectGarbage())
  }

  /** Every Job that runs ends. */
  worldMoves(): void {
    for (const name of this.names('jobs')) this.endJob(name, name.endsWith('-delete') ? { result: 'Deleted' } : this.agentSays)
  }

  /** Time goes by, and Kubernetes clears away the Jobs that were to stay no longer than that. */
  timePasses(minutes: number): void {
    this.clock.freeze(minutes * 60_000)
    for (const name of this.names('jobs')) {
      const keptMs = (this.read<EndedJob>(`jobs/${name}`)?.spec.ttlSecondsAfterFinished ?? Number.POSITIVE_INFINITY) * 1000
      if (this.clock.now() >= (this.#endOf(name) ?? Number.POSITIVE_INFINITY) + keptMs) this.remove(`jobs/${name}`)
    }
    this.#collectGarbage()
  }

  #endOf(name: string): number | undefined {
    const ended = this.read<EndedJob>(`jobs/${name}`)?.status?.conditions?.[0]?.lastTransitionTime
    return ended === undefined ? undefined : Date.parse(ended)
  }

  /** Passes and moves; an operator that crashes is started again. */
  async until(what: string, holds: (backup: EtcdBackup | undefined) => boolean): Promise<void> {
    for (let round = 0; round < 40; round++) {
      await this.pass().catch(() => undefined)
      if (holds(this.backup)) return
      this.worldMoves()
    }
    throw new Error(`not ${what}: ${JSON.stringify(this.backup)}`)
  }

  /** Deleted objects go with their last finalizer; pods with their Job. */
  #collectGarbage(): void {
    const { backup } = this
    if (backup?.metadata.deletionTimestamp !== undefined && !backup.metadata.finalizers?.length) this.remove('etcdbackups/b1')
    for (const pod of this.names('pods')) if (!this.objects.has(`jobs/${pod.replace(/-x$/, '')}`)) this.remove(`pods/${pod}`)
  }
}

export function hasFinalizer(backup: EtcdBackup | undefined): boolean {
  return backup?.metadata.finalizers?.includes(storedBackupFinalizer) ?? false
}
