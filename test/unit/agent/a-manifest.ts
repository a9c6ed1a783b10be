import type { BackupManifest, SnapshotFacts } from '../../../src/model/agent/task.ts'

export const someFacts: SnapshotFacts = {
  size: 20_512,
  sha256: 'aa'.repeat(32),
  bodySha256: 'bb'.repeat(32),
  revision: '7',
  lastEntry: '7',
  totalKeys: 4,
  liveKeys: 4,
  storageVersion: '3.6',
}

/** The manifest of backup `b1` of cluster `demo`. */
export function aManifest(snapshot: SnapshotFacts = someFacts, spec: unknown = { size: 3 }): BackupManifest {
  return {
    format: 1,
    backup: { namespace: 'default', name: 'b1', uid: 'uid-b1' },
    cluster: { name: 'demo', uid: 'uid-demo', spec },
    status: {
      phase: 'Completed',
      location: 'demo/b1.db',
      clusterID: '7c1e0b',
      member: 'demo-1',
      etcdVersion: '3.6.16',
      revision: snapshot.revision,
      size: String(snapshot.size),
      totalKeys: snapshot.totalKeys,
      sha256: snapshot.sha256,
      startTime: '2026-11-21T10:00:00Z',
      completionTime: '2026-11-21T10:00:05Z',
      verified: { time: '2026-11-21T10:00:05Z', result: 'Passed' },
    },
    snapshot,
  }
}
