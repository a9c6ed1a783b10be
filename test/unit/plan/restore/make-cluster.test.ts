import { describe, expect, test } from 'vitest'
import { packSpec } from '../../../../src/model/agent/packed-spec.ts'
import { planRestore } from '../../../../src/plan/restore/plan.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'
import { aRestore, bareFile, type RestoreScene, snapshot } from '../../../builders/a-restore.ts'

const own = { version: '3.6.16', storage: { size: '1Gi' } }

/** The spec of the EtcdCluster that is made. */
function specOf(view: RestoreScene): unknown {
  const decision = planRestore(view)
  expect(decision).toMatchObject({ kind: 'step', step: { do: 'CreateCluster' } })
  return decision.kind === 'step' && decision.step.do === 'CreateCluster' ? decision.step.spec : undefined
}

describe('the EtcdCluster', () => {
  test('is what was backed up, beginning with the backup', () => {
    const { bootstrap: _, paused: __, ...spec } = anEtcdCluster({ size: 5 }).spec
    expect(specOf(aRestore().verified(anEtcdCluster({ size: 5 }).spec))).toEqual({ ...spec, bootstrap: { restore: { backup: 'b1' } } })
  })

  test('does not begin as the one that was backed up began, nor paused as that may have been', () => {
    const before = { ...own, paused: true, bootstrap: { existingVolumes: 'Adopt', restore: { backup: 'b0' } } }
    expect(specOf(aRestore().verified(before))).toEqual({ ...own, bootstrap: { restore: { backup: 'b1' } } })
  })

  test('is what the wish says, whatever the manifest says', () => {
    const view = aRestore({ source: bareFile, clusterSpec: { ...own, size: 1 } }).verified()
    expect(specOf(view)).toEqual({ ...own, size: 1, bootstrap: { restore: bareFile } })
  })

  test('never begins without the data, whatever the wish says of its beginning', () => {
    for (const bootstrap of [null, 'empty', {}, { restore: {} }, { restore: { backup: 'b0' } }, { restore: null }]) {
      const spec = specOf(aRestore({ clusterSpec: { ...own, bootstrap } }).verifiedBare())
      expect(spec, JSON.stringify(bootstrap)).toMatchObject({ bootstrap: { restore: { backup: 'b1' } } })
    }
  })

  test('carries what was found in the file', () => {
    const verified = { claimName: 'backups', path: 'demo/b1.db', snapshot }
    expect(planRestore(aRestore().verified())).toMatchObject({ step: { verified } })
  })
})

/** The snapshot was taken with authentication on. */
function locked(tls: object): RestoreScene {
  const manifest = { cluster: 'demo', clusterId: 'c1c1', etcdVersion: '3.6.16', spec: packSpec({ ...own, tls }) }
  return aRestore().reported({ result: 'Verified', snapshot, authEnabled: true, manifest })
}

test('a snapshot with authentication is restored where the operator is let in by its certificate', () => {
  const spec = { tls: { mode: 'Required' } }
  expect(planRestore(locked({ mode: 'Required' }))).toMatchObject({ step: { do: 'CreateCluster', spec, verified: { authEnabled: true } } })
})

describe('nothing is made', () => {
  test.each<[string, RestoreScene, string]>([
    ['without a manifest and a wish', aRestore().verifiedBare(), 'ClusterSpecMissing'],
    ['with a wish that is empty', aRestore({ clusterSpec: {} }).verifiedBare(), 'ClusterSpecMissing'],
    ['when the spec did not fit into the message', aRestore().reported(tooLarge()), 'SpecTooLarge'],
    ['when the spec in the manifest is unreadable', aRestore().reported(unreadable()), 'ManifestUnreadable'],
    ['when the file is from a newer etcd', aRestore().verified(own, { storageVersion: '3.7' }), 'NewerVersion'],
    [
      'when the file is from a much older etcd',
      aRestore({ clusterSpec: { ...own, version: '3.7.3' } }).verifiedBare({ storageVersion: '3.5' }),
      'VersionTooOld',
    ],
    ['when authentication was on and the new cluster is to speak plain text', locked({ mode: 'Off' }), 'AuthNeedsTls'],
    [
      'when authentication was on and clients need no certificate',
      locked({ mode: 'Required', clientCertificates: 'None' }),
      'AuthNeedsTls',
    ],
    ['when the file is not that of the backup', aRestore().verified(own, { sha256: 'c'.repeat(64) }), 'BackupChanged'],
  ])('%s', (_, view, reason) => {
    expect(planRestore(view)).toMatchObject({ kind: 'fail', reason })
  })
})

function tooLarge() {
  return { result: 'Verified', snapshot, manifest: { cluster: 'demo', clusterId: 'c1c1', etcdVersion: '3.6.16' } } as const
}

function unreadable() {
  return { ...tooLarge(), manifest: { ...tooLarge().manifest, spec: 'AAAA' } } as const
}
