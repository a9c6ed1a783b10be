import type { EtcdRestore } from '../../api/backups.ts'
import type { Reason } from '../../api/reasons.ts'
import { unpackSpec } from '../../model/agent/packed-spec.ts'
import type { AgentResult } from '../../model/agent/task.ts'
import { modeByDefault } from '../../model/cluster/tls.ts'
import { isRecord } from '../../model/record.ts'
import { whyNotWithAuth } from '../../model/restore/snapshot-with-auth.ts'
import { type SourceFile, sourceInWords } from '../../model/restore/source.ts'
import { type RestoreView, sourceOf } from '../../model/restore/view.ts'
import { whyNotOpen } from '../../model/versions.ts'
import { fail, type RestoreDecision, step } from './step.ts'

type Verified = Extract<AgentResult, { result: 'Verified' }>
type Spec = Readonly<Record<string, unknown>>

/** The file is whole: an EtcdCluster is made that begins with it. */
export function makeCluster({ restore }: RestoreView, file: SourceFile, { snapshot, authEnabled, manifest }: Verified): RestoreDecision {
  const { claimName, path, expected } = file
  if (expected !== undefined && expected.sha256 !== snapshot.sha256)
    return fail('BackupChanged', `${path} on volume ${claimName} is not the file that the EtcdBackup describes any more`)

  const desired = desiredSpec(restore, manifest)
  if ('reason' in desired) return fail(desired.reason, desired.message)
  const { version } = desired.spec
  const unreadable = typeof version === 'string' ? whyNotOpen(snapshot.storageVersion, version) : undefined
  if (unreadable !== undefined) return fail(unreadable.reason, unreadable.message)

  const plain = authEnabled ? whyNotWithAuth(...tlsOf(desired.spec)) : undefined
  if (plain !== undefined) return fail('AuthNeedsTls', plain)

  const { revision } = snapshot
  const verified = { source: sourceInWords(sourceOf(restore)), claimName, path, snapshot, ...(authEnabled ? { authEnabled } : {}) }
  // Until the EtcdCluster has been seen: the phase `Restoring` says that there is one.
  return step(
    'Verifying',
    'RestoringData',
    `creating EtcdCluster ${restore.spec.cluster} from ${sourceInWords(sourceOf(restore))}, revision ${revision}`,
    { do: 'CreateCluster', spec: beginningWith(restore, desired.spec), verified },
  )
}

type Desired = { readonly spec: Spec } | { readonly reason: Reason; readonly message: string }

/** The spec in the EtcdRestore, or that of the cluster that was backed up. */
function desiredSpec({ spec: { clusterSpec = {}, cluster } }: EtcdRestore, manifest: Verified['manifest']): Desired {
  if (Object.keys(clusterSpec).length > 0) return { spec: clusterSpec }
  const wayOut = 'create an EtcdRestore with spec.clusterSpec'
  if (manifest === undefined)
    return {
      reason: 'ClusterSpecMissing',
      message: `the file has no manifest beside it that says what cluster ${cluster} is to be; ${wayOut}`,
    }
  if (manifest.spec === undefined)
    return { reason: 'SpecTooLarge', message: `the spec in the backup's manifest is too large to be handed over; ${wayOut}` }
  const spec = unpackSpec(manifest.spec)
  if (spec === undefined) return { reason: 'ManifestUnreadable', message: `the spec in the backup's manifest can't be read; ${wayOut}` }
  // spec.bootstrap and spec.paused of the backed up cluster don't apply to the new one.
  const { bootstrap: _bootstrap, paused: _paused, ...rest } = spec
  return { spec: rest }
}

/** What the new cluster begins with; of what is no spec the API server says so. */
function tlsOf({ tls }: Spec): Parameters<typeof whyNotWithAuth> {
  const { mode, clientCertificates } = isRecord(tls) ? tls : {}
  const begins = mode === 'Required' || mode === 'Optional' || mode === 'Off' ? mode : modeByDefault
  return [begins, clientCertificates === 'None' ? 'None' : 'Required']
}

function beginningWith({ spec: { source } }: EtcdRestore, spec: Spec): Spec {
  const { bootstrap } = spec
  // Safety: whatever stands there, the cluster never begins without the data.
  return { ...spec, bootstrap: { ...(typeof bootstrap === 'object' ? bootstrap : {}), restore: source } }
}
