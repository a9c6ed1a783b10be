import { packSpec } from '../../model/agent/packed-spec.ts'
import { type AgentResult, type BackupManifest, manifestOf, type SnapshotFacts, type VerifyTask } from '../../model/agent/task.ts'
import { whyNotOpen } from '../../model/versions.ts'
import { Refusal } from '../refusal.ts'
import type { ClusterState } from '../snapshot/cluster-state.ts'
import { readWholeSnapshot } from '../snapshot/read-snapshot.ts'
import { maxMessageBytes } from '../termination-message.ts'
import { fileInside, unreadable } from '../volume/inside.ts'
import { readManifest } from '../volume/manifest.ts'

/**
 * Checks a stored file before anything is restored from it: the file must be whole, be the file that was asked for, match its
 * manifest, and have a storage version that the target version of etcd opens. Changes nothing.
 *
 * @param root where the volume is mounted
 * @throws Refusal with the reason; the message begins with the location
 */
export function verify({ location, expected, targetVersion }: VerifyTask, root: string): AgentResult {
  const path = fileInside(root, location)
  const { facts: snapshot, state } = reading(location, () => readWholeSnapshot(path))
  const manifest = reading(manifestOf(location), () => readManifest(manifestOf(path)))

  if (expected !== undefined) refuseOther(snapshot, expected, `the EtcdBackup describes ${location} with`)
  if (manifest !== undefined) refuseOther(snapshot, manifest.snapshot, `the manifest describes ${location} with`)
  refuseCorrupt(state, location)
  if (targetVersion !== undefined) refuseUnopenable(snapshot, targetVersion, location)
  const found = { snapshot, ...(state.isAuthEnabled ? { authEnabled: true as const } : {}) }
  return manifest === undefined ? { result: 'Verified', ...found } : withManifest(found, manifest)
}

function reading<T>(location: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(error.reason, `${location}: ${error.message}`, { cause: error })
    throw unreadable(error, location)
  }
}

function refuseOther(found: SnapshotFacts, said: Pick<SnapshotFacts, 'sha256' | 'revision'>, who: string): void {
  if (found.sha256 !== said.sha256) throw changed(`${who} the SHA-256 ${said.sha256}, the file has ${found.sha256}`)
  if (found.revision !== said.revision) throw changed(`${who} revision ${said.revision}, the file has ${found.revision}`)
}

function changed(what: string): Refusal {
  return new Refusal(
    'BackupChanged',
    `${what}: one of them was replaced; restore from another backup, or from this file alone without its manifest`,
  )
}

/** Refuses a snapshot with a CORRUPT alarm, which is still there after a restore. */
function refuseCorrupt({ isCorrupt }: ClusterState, location: string): void {
  if (isCorrupt)
    throw new Refusal(
      'SnapshotDamaged',
      `${location}: etcd's CORRUPT alarm was raised when this snapshot was taken: the members' data differed, and nothing tells whether this copy is right; choose an earlier backup`,
    )
}

function refuseUnopenable({ storageVersion }: SnapshotFacts, target: string, location: string): void {
  const why = whyNotOpen(storageVersion, target)
  if (why !== undefined) throw new Refusal(why.reason, `${location}: ${why.message}`)
}

type Found = Pick<Extract<AgentResult, { result: 'Verified' }>, 'snapshot' | 'authEnabled'>

/** Leaves out a spec that is too long for the result: only an EtcdRestore without a spec of its own needs it, and the operator tells when it is missing. */
function withManifest(found: Found, { cluster, status }: BackupManifest): AgentResult {
  const manifest = { cluster: cluster.name, clusterId: status.clusterID, etcdVersion: status.etcdVersion }
  const whole = { result: 'Verified', ...found, manifest: { ...manifest, spec: packSpec(cluster.spec) } } as const
  return Buffer.byteLength(JSON.stringify(whole)) <= maxMessageBytes ? whole : { result: 'Verified', ...found, manifest }
}
