import { describe, expect, test } from 'vitest'
import { freeSpace, reportNoSpace } from '../../../../../src/plan/cluster/repair/free-space.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { decides, inShort } from '../../../../builders/decides.ts'

const mebi = 2 ** 20
const names = ['demo-0', 'demo-1', 'demo-2']

/** Three members at their quota of 64Mi, of which 20Mi are in use. */
const full = aCluster({ size: 3, storage: { size: '2Gi' }, maintenance: { noSpace: 'Remediate' } })
  .running()
  .withDatabases(64 * mebi, 20 * mebi, ['demo-0', 'demo-2'])
const compacted = (scene: Scene, ...members: readonly string[]) =>
  members.reduce((before, name) => before.afterLongStep('Compact', name), scene)
const ready = compacted(full, ...names)
const defragmented = (scene: Scene, ...members: readonly string[]) =>
  members.reduce((before, name) => before.withAnswer(name, { dbBytes: 20 * mebi }).afterLongStep('Defragment', name), scene)

describe('a database that has reached its quota', () => {
  decides(freeSpace, {
    'is left alone unless the spec says otherwise': [full.withSpec({ maintenance: { noSpace: 'Report' } })],
    'is no concern before that': [full.withDatabases(64 * mebi, 20 * mebi)],
    'is compacted on a first member': [full, 'Compact demo-0'],
    'is compacted on every member': [compacted(full, 'demo-0', 'demo-1'), 'Compact demo-2'],
    'is defragmented after that, followers first': [ready, 'Defragment demo-1'],
    'is defragmented on one member after the other': [defragmented(ready, 'demo-1'), 'Defragment demo-2'],
    'is defragmented on its leader last, which goes on leading': [defragmented(ready, 'demo-1', 'demo-2'), 'Defragment demo-0'],
    'loses its alarms when every member has room': [defragmented(ready, ...names), 'DisarmNoSpace demo-0'],
    'keeps its alarms while a member has none': [
      defragmented(ready, ...names).withAnswer('demo-2', { dbBytes: 64 * mebi, dbBytesInUse: 63 * mebi }),
    ],
    'is not defragmented where that wins nothing': [compacted(full.withDatabases(64 * mebi, 62 * mebi, ['demo-0']), ...names)],
    'is compacted again when somebody has removed something': [
      ready.later(120_000).withDatabases(64 * mebi, 2 * mebi, ['demo-0']),
      'Compact demo-0',
    ],
    'is not compacted again without a cause': [
      compacted(full.withDatabases(64 * mebi, 62 * mebi, ['demo-0']), ...names).later(30 * 60_000),
    ],
    'is not compacted again and again where that fails': [
      ready.afterLongStep('Compact', 'demo-0', { failure: 'deadline exceeded' }).later(5 * 60_000),
      'Defragment demo-1',
    ],
  })
})

describe('no member is kept from its clients', () => {
  decides(freeSpace, {
    'while another voter does not answer': [ready.silent('demo-2')],
    'while another voter takes part and does not serve': [ready.takingPart('demo-2')],
    'while another member is being defragmented, whoever began it': [ready.takingPart('demo-2', { isDefragmenting: true })],
    'while this operator has not seen the end of another step': [ready.inLongStep('Compact', 'demo-0')],
    'while a learner joins': [ready.withLearner('demo-3')],
    'while another pod terminates': [ready.withPod('demo-2', { endsBy: ready.now })],
    'while another pod is not ready': [ready.withPod('demo-2', { ready: false })],
    'while there are two voters': [compacted(full.without('demo-2'), 'demo-0', 'demo-1')],
    'while a backup is taken': [ready.with({ backups: { ...ready.backups, running: ['b1'] } })],
    'while nobody leads': [ready.withLeader(undefined)],
  })

  const one = aCluster({ size: 1, storage: { size: '2Gi' }, maintenance: { noSpace: 'Remediate' } }).running()
  decides(freeSpace, {
    'but the only member of a cluster of one, which has no redundancy to lose': [
      one.withDatabases(64 * mebi, 20 * mebi, ['demo-0']).afterLongStep('Compact', 'demo-0'),
      'Defragment demo-0',
    ],
  })
})

describe('a copy that may not fit', () => {
  // 1Gi - (400Mi + 16Mi) - 6 x 64 MB = 242Mi.
  const tight = (inUse: number) => {
    const scene = aCluster({ size: 3, storage: { size: '1Gi' }, maintenance: { noSpace: 'Remediate' } })
      .running()
      .withDatabases(400 * mebi, inUse * mebi, ['demo-0'])
    const sized = names.reduce((before, name) => before.withAnswer(name, { dbQuotaBytes: 400 * mebi }), scene)
    return compacted(sized, ...names)
  }
  decides(freeSpace, {
    'is not begun': [tight(230)],
    'is begun where it fits, with a tenth to spare': [tight(215), 'Defragment demo-1'],
    'is not begun where nothing limits the write-ahead log': [
      tight(100).withSpec({ etcd: { ...tight(1).cluster.spec.etcd, extraArgs: { 'max-wals': '0' } } }),
    ],
  })

  test('is told with its figures', () => {
    expect(reportNoSpace(tight(230))).toMatchObject({
      kind: 'block',
      reason: 'NoSpace',
      message: expect.stringContaining(
        'Not defragmented: the copy of demo-1 takes 253Mi, and only 242Mi may be free on its volume of 1Gi beside the database and the write-ahead log',
      ),
    })
  })
})

describe('a defragmentation that failed', () => {
  const failed = ready.afterLongStep('Defragment', 'demo-1', { failure: 'no space left on device' })
  decides(freeSpace, {
    'is not tried again at once, and holds up no other member': [failed, 'Defragment demo-2'],
    'is tried again after an hour': [
      failed
        .later(61 * 60_000)
        .afterLongStep('Compact', 'demo-0')
        .afterLongStep('Compact', 'demo-1')
        .afterLongStep('Compact', 'demo-2'),
      'Defragment demo-1',
    ],
  })

  test('is told with its cause, when nothing else can be done', () => {
    const [decision, others] = [
      reportNoSpace(defragmented(failed, 'demo-0', 'demo-2')),
      freeSpace(defragmented(failed, 'demo-0', 'demo-2')),
    ]
    expect(others).toBeUndefined()
    expect(decision).toMatchObject({ message: expect.stringContaining('demo-1 could not be defragmented (no space left on device)') })
  })

  test('is remembered across a restart of the operator, by the status', () => {
    const at = new Date(ready.now - 60_000).toISOString()
    const row = { name: 'demo-1', id: 'a1', role: 'Voter', leader: false, ready: true } as const
    const defragmentation = { startedAt: at, finishedAt: at, bytesBefore: 1, message: 'no space left on device' }
    const restarted = ready.withStatus({ ...ready.cluster.status, memberStatus: [{ ...row, defragmentation }] } as never)
    expect(inShort(freeSpace(restarted))).toBe('Defragment demo-2')
  })
})

describe('where space can be freed, but not now', () => {
  decides(reportNoSpace, {
    'the operator waits for the end of a backup': [ready.with({ backups: { ...ready.backups, running: ['b1'] } }), 'wait FreeingSpace'],
    'and a person has to act where the spec does not allow it': [
      ready.with({ backups: { ...ready.backups, running: ['b1'] } }).withSpec({ maintenance: { noSpace: 'Report' } }),
      'block NoSpace',
    ],
  })
})

describe('people are told', () => {
  const told = (scene: Scene) => {
    const decision = reportNoSpace(scene)
    return decision?.kind === 'block' ? decision.message : undefined
  }

  test('the figures and the way out, where nothing is done about it', () => {
    expect(told(full.withSpec({ maintenance: { noSpace: 'Report' } }))).toBe(
      'the NOSPACE alarm is raised by demo-0, demo-2: etcd refuses writes at the quota of 64Mi (demo-0 has 64Mi, 20Mi in use: a defragmentation would win 44Mi; demo-1 has 64Mi, 20Mi in use: a defragmentation would win 44Mi; demo-2 has 64Mi, 20Mi in use: a defragmentation would win 44Mi); set spec.maintenance.noSpace to Remediate; or delete keys, compact, defragment each member and disarm the alarm with etcdctl',
    )
  })

  test('that the data itself fills the database, and when its history goes', () => {
    const kept = compacted(full.withDatabases(64 * mebi, 63 * mebi, ['demo-0']), ...names)
    const watched = kept.remembering({ revisions: [{ atMs: kept.monotonicMs - 10 * 60_000, revision: 1_000_000 }] })
    expect(told(watched)).toContain(
      'The keys themselves and their history of the last 60 min take this space: delete keys that nobody needs, and compact with etcdctl (the operator does the rest); what was written up to now is removed by the operator at 2026-11-21T10:50:00Z',
    )
  })

  test('nothing without the alarm', () => {
    expect(told(full.withDatabases(64 * mebi, 63 * mebi))).toBeUndefined()
  })
})
