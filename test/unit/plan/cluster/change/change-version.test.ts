import { describe, expect, test } from 'vitest'
import { backupFirstName } from '../../../../../src/model/cluster/backup-first.ts'
import type { BackupPhase } from '../../../../../src/model/cluster/backups.ts'
import { logsFrom } from '../../../../../src/model/cluster/logs-from.ts'
import { nextVersionOf } from '../../../../../src/model/cluster/next-version.ts'
import { whyOutdated } from '../../../../../src/model/cluster/revision.ts'
import { versionChange } from '../../../../../src/model/cluster/version-change.ts'
import { known, unknown } from '../../../../../src/model/known.ts'
import { awaitClusterVersion, cancelDowngrade, changeVersion, versionWords } from '../../../../../src/plan/cluster/change/change-version.ts'
import { roll } from '../../../../../src/plan/cluster/change/roll.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import type { Scene } from '../../../../builders/a-cluster.ts'
import { betweenVersions } from '../../../../builders/between-versions.ts'
import { decides } from '../../../../builders/decides.ts'

const all = (version: string) => [version, version, version]
const upTo36 = { runs: all('3.5.35'), wanted: '3.6.16' }
const upTo37 = { runs: all('3.6.16'), wanted: '3.7.3' }
const backTo36 = { runs: all('3.7.3'), wanted: '3.6.16' }
const alarmed = (scene: Scene) => scene.withAnswer('demo-1', { alarms: [{ alarm: 'NOSPACE', memberId: 'b1' }] })

describe('pods are created next with', () => {
  const rows: readonly (readonly [sentence: string, scene: Scene, version: string])[] = [
    ['what the spec asks for, while nothing changes', betweenVersions({ runs: all('3.6.16'), wanted: '3.6.16' }), '3.6.16'],
    ['another patch release at once', betweenVersions({ runs: all('3.6.11'), wanted: '3.6.16' }), '3.6.16'],
    ['an earlier patch release at once', betweenVersions({ runs: all('3.6.16'), wanted: '3.6.11' }), '3.6.11'],
    ['the next minor version', betweenVersions(upTo36), '3.6.16'],
    ['the next minor version where the cluster began with 3.6', betweenVersions({ ...upTo37, logsFrom: '3.6' }), '3.7.3'],
    ['a release that may be left, first', betweenVersions({ runs: all('3.5.20'), wanted: '3.6.16' }), '3.5.35'],
    [
      'a release that may be left, first, of all that a member runs',
      betweenVersions({ runs: ['3.5.35', '3.5.20', '3.5.35'], wanted: '3.6.16' }),
      '3.5.35',
    ],
    ['one minor version at a time', betweenVersions({ runs: all('3.5.35'), wanted: '3.7.3' }), '3.6.16'],
    [
      'what is being rolled on the way to a later version',
      betweenVersions({ runs: ['3.6.11', '3.5.35', '3.5.35'], carried: '3.6.11', wanted: '3.7.3' }),
      '3.6.11',
    ],
    ['the present version while the change is held up', alarmed(betweenVersions(upTo36)), '3.5.35'],
    ['the present version while a member is silent', betweenVersions(upTo36).silent('demo-2'), '3.5.35'],
    [
      'the new version although a member is silent, once it was begun',
      betweenVersions({ ...upTo36, carried: '3.6.16', runs: ['3.6.16', '3.5.35', '3.5.35'] }).silent('demo-1'),
      '3.6.16',
    ],
    [
      'another release of a version that was begun, although its first member does not start',
      betweenVersions({ runs: all('3.5.35'), carried: '3.6.99', wanted: '3.6.16' }).silent('demo-2'),
      '3.6.16',
    ],
    [
      'the old version again when the spec is set back half way',
      betweenVersions({ runs: ['3.6.16', '3.6.16', '3.5.35'], carried: '3.6.16', wanted: '3.5.35' }),
      '3.5.35',
    ],
    [
      'the old version again although a member is silent',
      betweenVersions({ runs: ['3.6.16', '3.5.35', '3.5.35'], carried: '3.6.16', wanted: '3.5.35' }).silent('demo-0'),
      '3.5.35',
    ],
    [
      'the old version again where the last member can not start with the new one',
      betweenVersions({ runs: ['3.6.16', '3.6.16', '3.5.35'], carried: '3.6.16', wanted: '3.5.35', data: '3.5' }).silent('demo-2'),
      '3.5.35',
    ],
    [
      'the new version where all members have it, whatever the spec says',
      betweenVersions({ runs: all('3.6.16'), carried: '3.6.16', wanted: '3.5.35', data: '3.5' }),
      '3.6.16',
    ],
    [
      'the newer version again where the last member can not start with the older one',
      betweenVersions({ runs: ['3.6.16', '3.6.16', '3.7.3'], carried: '3.6.16', wanted: '3.7.3', target: '3.6', data: '3.6' }).silent(
        'demo-2',
      ),
      '3.7.3',
    ],
    [
      'the newer version again where one member can not start with the older one',
      betweenVersions({ runs: ['3.6.16', '3.7.3', '3.7.3'], carried: '3.6.16', wanted: '3.7.3', data: '3.6', logsFrom: '3.6' }).silent(
        'demo-1',
      ),
      '3.7.3',
    ],
    [
      'the new version, although the spec was set back, once the cluster has moved on',
      betweenVersions({ runs: ['3.6.16', '3.6.16', '3.5.35'], carried: '3.6.16', wanted: '3.5.35', data: '3.6' }).silent('demo-2'),
      '3.6.16',
    ],
    ['the present version until the data was taken back', betweenVersions(backTo36), '3.7.3'],
    ['the older version once the data was taken back', betweenVersions({ ...backTo36, data: '3.6', target: '3.6' }), '3.6.16'],
    [
      'the newer version again where the data was not taken back after all',
      betweenVersions({ ...backTo36, carried: '3.6.16', data: '3.7' }),
      '3.7.3',
    ],
    ['the present version where there is no way', betweenVersions({ runs: all('3.7.3'), wanted: '3.5.35' }), '3.7.3'],
    ['what ran, when the StatefulSet was deleted', betweenVersions(upTo36).with({ statefulSet: { state: 'absent' } }), '3.5.35'],
    [
      'what ran last, when the StatefulSet was deleted and nobody answers',
      betweenVersions(upTo36)
        .withStatus({ memberStatus: [{ name: 'demo-0', role: 'Voter', leader: false, ready: false, version: '3.5.35' }] })
        .withoutMajority()
        .with({ statefulSet: { state: 'absent' } }),
      '3.5.35',
    ],
    [
      'a corrected version while no member has ever run',
      betweenVersions({ runs: all('3.6.99'), wanted: '3.5.35' })
        .withoutMajority()
        .with({ answers: new Map() }),
      '3.5.35',
    ],
    [
      'the present minor version while no majority answers',
      betweenVersions(upTo36).withStatus({ version: '3.5.35' }).withoutMajority(),
      '3.5.35',
    ],
    [
      'a corrected patch release while no majority answers',
      betweenVersions({ runs: all('3.5.99'), wanted: '3.5.35' })
        .withStatus({ version: '3.5.35' })
        .withoutMajority(),
      '3.5.35',
    ],
  ]
  test.each(rows)('%s', (_, scene, version) => {
    expect(nextVersionOf(scene)).toBe(version)
  })
})

describe('changeVersion', () => {
  decides(changeVersion, {
    'says nothing while nothing changes': [betweenVersions({ runs: all('3.6.16'), wanted: '3.6.16' })],
    'leaves another patch release to the roll': [betweenVersions({ runs: all('3.6.11'), wanted: '3.6.16' })],
    'leaves the next minor version to the roll': [betweenVersions(upTo36)],
    'leaves an earlier step to the roll': [betweenVersions({ runs: all('3.5.20'), wanted: '3.7.3' })],
    'waits for a silent member': [betweenVersions(upTo36).silent('demo-2'), 'wait MemberUnhealthy demo-2'],
    'waits for a member that joins': [
      betweenVersions(upTo36).withLearner('demo-3').withAnswer('demo-3', { version: '3.5.35', storageVersion: undefined }),
      'wait LearnerCatchingUp',
    ],
    'blocks while an alarm is raised': [alarmed(betweenVersions(upTo36)), 'block NoSpace'],
    'blocks another patch release while an alarm is raised': [
      alarmed(betweenVersions({ runs: all('3.6.11'), wanted: '3.6.16' })),
      'block NoSpace',
    ],
    'lets a patch release that was begun end, whatever alarm is raised': [
      alarmed(betweenVersions({ runs: ['3.6.16', '3.6.11', '3.6.11'], carried: '3.6.16', wanted: '3.6.16' })),
    ],
    'lets a patch release correct what keeps a member from starting': [
      alarmed(betweenVersions({ runs: all('3.6.11'), wanted: '3.6.16' }).silent('demo-2')),
    ],
    'waits until the cluster has followed its members': [
      betweenVersions({ runs: all('3.6.16'), wanted: '3.7.3', data: '3.5', logsFrom: '3.6' }),
      'wait VersionSettling',
    ],
    'asks nothing again once pods are created with the new version': [
      alarmed(betweenVersions({ ...upTo36, carried: '3.6.16', runs: ['3.6.16', '3.5.35', '3.5.35'] }).silent('demo-2')),
    ],
    'refuses a way with several steps where the tag names one image': [
      betweenVersions({ runs: all('3.5.35'), wanted: '3.7.3', spec: { image: { tag: 'mine' } } }),
      'block VersionRefused',
    ],
    'takes a way of one step where the tag names the image': [betweenVersions({ ...upTo36, spec: { image: { tag: 'mine' } } })],
    'refuses more than one minor version back': [betweenVersions({ runs: all('3.7.3'), wanted: '3.5.35' }), 'block VersionRefused'],
    'refuses to go back to a release that could not be left again': [
      betweenVersions({ runs: all('3.7.3'), wanted: '3.6.3' }),
      'block VersionRefused',
    ],
    'refuses to go back half way to a release that could not be left again': [
      betweenVersions({ runs: ['3.7.3', '3.6.16', '3.6.16'], carried: '3.7.3', wanted: '3.6.3', logsFrom: '3.6' }),
      'block VersionRefused',
    ],
    'refuses to go on where somebody has given a member 3.7 too early': [
      betweenVersions({ runs: ['3.7.3', '3.6.16', '3.6.16'], carried: '3.6.16', wanted: '3.7.3' }),
      'block VersionRefused',
    ],
    'refuses a version before both that members run': [
      betweenVersions({ runs: ['3.7.3', '3.6.16', '3.6.16'], wanted: '3.5.35' }),
      'block VersionRefused',
    ],
  })

  decides(changeVersion, {
    'of a cluster that may have run 3.5 makes every member save a snapshot before 3.7': [
      betweenVersions(upTo37),
      'EnableDowngrade demo-0 3.5.0',
    ],
    'does so where it is known to have run 3.5': [betweenVersions({ ...upTo37, logsFrom: '3.5' }), 'EnableDowngrade demo-0 3.5.0'],
    'does not while a member is silent': [betweenVersions(upTo37).silent('demo-2'), 'wait MemberUnhealthy demo-2'],
    'does so only in a maintenance window': [betweenVersions(upTo37).outsideWindow(), 'wait WaitingForWindow demo-0'],
    'waits until all data was taken back': [betweenVersions({ ...upTo37, target: '3.5', data: '3.6' }), 'wait SavingSnapshots'],
    'waits while one member lags behind': [
      betweenVersions({ ...upTo37, target: '3.5', data: '3.5' }).withAnswer('demo-2', { storageVersion: '3.6.0' }),
      'wait SavingSnapshots',
    ],
    'notes that all have saved theirs': [betweenVersions({ ...upTo37, target: '3.5', data: '3.5' }), 'NoteSnapshots 3.6'],
    'waits for the version of the cluster after that': [
      betweenVersions({ ...upTo37, data: '3.5', logsFrom: '3.6' }),
      'wait VersionSettling',
    ],
    'does it once': [betweenVersions({ ...upTo37, logsFrom: '3.6' })],
    'does not ask for it on the way to another release of 3.6': [betweenVersions({ runs: all('3.6.3'), wanted: '3.7.3' })],
  })

  decides(changeVersion, {
    'lets etcd take the data back before an older version': [betweenVersions(backTo36), 'EnableDowngrade demo-0 3.6.0'],
    'does not while a member is silent ': [betweenVersions(backTo36).silent('demo-1'), 'wait MemberUnhealthy demo-1'],
    'does so only in a maintenance window ': [betweenVersions(backTo36).outsideWindow(), 'wait WaitingForWindow demo-0'],
    'waits until all data was taken back ': [betweenVersions({ ...backTo36, target: '3.6' }), 'wait Downgrading'],
    'waits while the data of one member was not taken back': [
      betweenVersions({ ...backTo36, target: '3.6', data: '3.6' }).withAnswer('demo-1', { storageVersion: '3.7.0' }),
      'wait Downgrading',
    ],
    'leaves the rest to the roll': [betweenVersions({ ...backTo36, target: '3.6', data: '3.6' })],
    'leaves the rest to the roll half way, too': [
      betweenVersions({ runs: ['3.6.16', '3.7.3', '3.7.3'], carried: '3.6.16', wanted: '3.6.16', target: '3.6', data: '3.6' }).silent(
        'demo-0',
      ),
    ],
    'asks again where somebody took the permission back': [
      betweenVersions({ ...backTo36, carried: '3.6.16', data: '3.7' }),
      'EnableDowngrade demo-0 3.6.0',
    ],
    'goes the same way where the last member had started before the spec was set back': [
      betweenVersions({ runs: all('3.6.16'), carried: '3.6.16', wanted: '3.5.35', data: '3.6' }),
      'EnableDowngrade demo-0 3.5.0',
    ],
    'waits for the cluster to follow first': [
      betweenVersions({ runs: all('3.6.16'), carried: '3.6.16', wanted: '3.5.35', data: '3.5' }),
      'wait VersionSettling',
    ],
  })
})

describe('before 3.6 what each member has stored', () => {
  const before = betweenVersions(upTo36)
  const rowsOf = (scene: Scene) => scene.members().map(({ id, isLearner }) => ({ id, isLearner }))
  const with1 = (rows: readonly { id: string; isLearner: boolean }[]) =>
    before.with({ storedMembers: known(new Map([...(before.storedMembers.known ? before.storedMembers.value : []), ['demo-1', rows]])) })
  const [first, ...rest] = rowsOf(before)
  const startedAt = (since: number) => ({ etcd: { state: 'running', since } }) as const
  const calledLearner = ['demo-0', 'demo-1', 'demo-2'].reduce(
    (scene, name) => scene.withPod(name, startedAt(1)),
    with1([{ id: first?.id ?? '', isLearner: true }, ...rest]),
  )
  test('makes the roll restart the member about which it is wrong, and no other', () => {
    const scene = calledLearner.withPod('demo-1', startedAt(5))
    expect(['demo-0', 'demo-1', 'demo-2'].filter((name) => whyOutdated(scene, name).includes('stored'))).toEqual(['demo-0'])
  })
  test('makes it restart nobody any more once a restart has not helped', () => {
    const scene = calledLearner.withPod('demo-1', startedAt(5))
    const each = ['demo-0', 'demo-1'].map((by) => [by, rowsOf(before).map(({ id }) => ({ id, isLearner: true }))] as const)
    const mutual = scene.with({ storedMembers: known(new Map(each)) })
    expect(['demo-0', 'demo-1', 'demo-2'].filter((name) => whyOutdated(mutual, name).includes('stored'))).toEqual([])
  })
  decides(changeVersion, {
    'is read': [before.with({ storedMembers: unknown('not yet') }), 'wait CheckingStoredMembers'],
    'may be as etcd lists it': [before],
    'is corrected by the roll, where it calls a voter a learner': [calledLearner.withPod('demo-1', startedAt(5))],
    'must not call a voter a learner that was restarted since': [calledLearner.withPod('demo-0', startedAt(5)), 'block StoredMembersWrong'],
    'must not lack a member': [with1(rest), 'block StoredMembersWrong'],
    'must not have a member that was removed': [with1([...rowsOf(before), { id: 'dead', isLearner: false }]), 'block StoredMembersWrong'],
    'does not matter on the way to another release of 3.5': [
      betweenVersions({ runs: all('3.5.20'), wanted: '3.6.16' }).with({ storedMembers: unknown('not asked') }),
    ],
    'does not matter on the way to 3.7': [betweenVersions({ ...upTo37, logsFrom: '3.6' }).with({ storedMembers: unknown('not asked') })],
  })
})

describe('a backup first', () => {
  const schedule = (suspended = false) => ({ name: 'daily', suspended, storage: { volume: { claimName: 'backups' } }, backedUp: undefined })
  const scheduled = (scene: Scene, phase?: BackupPhase, suspended = false) => {
    const change = versionChange(scene)
    const name = 'to' in change ? backupFirstName(scene, change.to) : ''
    const phases = new Map(phase === undefined ? [] : [[name, phase]])
    return scene.with({ backups: { newest: undefined, running: [], schedules: [schedule(suspended)], phases } })
  }
  const patch = betweenVersions({ runs: all('3.6.11'), wanted: '3.6.16' })
  decides(changeVersion, {
    'is taken where a schedule tells where to': [scheduled(betweenVersions(upTo36)), 'CreateBackup'],
    'is taken when the window opens, so that it is young then': [scheduled(patch).outsideWindow(), 'wait WaitingForWindow'],
    'is taken before another patch release, too': [scheduled(patch), 'CreateBackup'],
    'is taken when a member that is restarted for something else is back': [
      scheduled(patch.silent('demo-1').withPod('demo-1', { createdAt: patch.now - 5_000 })),
      'wait MemberUnhealthy demo-1',
    ],
    'is not taken before a patch release that may heal a member': [
      scheduled(patch.silent('demo-1').withPod('demo-1', { createdAt: patch.now - 90_000 })),
    ],
    'is taken before the data is taken back': [scheduled(betweenVersions(backTo36)), 'CreateBackup'],
    'is taken before members save snapshots for 3.7': [scheduled(betweenVersions(upTo37)), 'CreateBackup'],
    'is taken where a suspended schedule tells where to': [scheduled(patch, undefined, true), 'CreateBackup'],
    'is waited for': [scheduled(patch, 'Running'), 'wait BackingUpFirst'],
    'is waited for before it has begun': [scheduled(patch, 'Pending'), 'wait BackingUpFirst'],
    'lets the change begin when it is completed': [scheduled(patch, 'Completed')],
    'blocks when it has failed': [scheduled(patch, 'Failed'), 'block BackupFirstFailed'],
    'is not taken where nothing tells where to': [patch],
    'is not taken where the spec says so': [scheduled(patch.withSpec({ version: '3.6.16', upgrade: { backupFirst: false } }))],
    'is not taken while a member is silent: it needs help first': [
      scheduled(betweenVersions(upTo36).silent('demo-1')),
      'wait MemberUnhealthy demo-1',
    ],
    'is not taken once the change was begun': [
      scheduled(betweenVersions({ ...upTo36, carried: '3.6.16', runs: ['3.6.16', '3.5.35', '3.5.35'] })),
    ],
    'is not taken to turn a change round': [
      scheduled(betweenVersions({ runs: ['3.6.16', '3.5.35', '3.5.35'], carried: '3.6.16', wanted: '3.5.35' })),
    ],
    'is not taken again while the data is taken back': [scheduled(betweenVersions({ ...backTo36, target: '3.6' })), 'wait Downgrading'],
  })
  test('is another one for another edit of the spec, and for another step', () => {
    const later = { ...patch.cluster, metadata: { ...patch.cluster.metadata, generation: 9 } }
    const names = [backupFirstName(patch, '3.6.16'), backupFirstName({ cluster: later }, '3.6.16'), backupFirstName(patch, '3.7.3')]
    expect(new Set(names).size).toBe(3)
    for (const name of names) expect(name.length).toBeLessThanOrEqual(52)
  })
})

describe('cancelDowngrade', () => {
  const halfWay = { runs: ['3.6.16', '3.7.3', '3.7.3'], carried: '3.6.16', wanted: '3.7.3', target: '3.6', data: '3.6' }
  decides(cancelDowngrade, {
    'has nothing to do without one': [betweenVersions(upTo37)],
    'leaves alone the one that the spec asks for': [betweenVersions({ ...backTo36, target: '3.6' })],
    'leaves it alone half way, too': [betweenVersions({ ...halfWay, wanted: '3.6.16' })],
    'leaves it to etcd to end it': [betweenVersions({ runs: all('3.6.16'), wanted: '3.6.16', target: '3.6' })],
    'leaves alone the one that makes members save snapshots': [betweenVersions({ ...upTo37, target: '3.5', data: '3.5' })],
    'ends that one when all have saved theirs': [
      betweenVersions({ ...upTo37, target: '3.5', data: '3.5', logsFrom: '3.6' }),
      'CancelDowngrade demo-0',
    ],
    'ends that one when 3.7 is not wanted any more': [
      betweenVersions({ runs: all('3.6.16'), wanted: '3.6.16', target: '3.5', data: '3.5' }),
      'CancelDowngrade demo-0',
    ],
    'ends it through a member of the newer version, before members are new again': [betweenVersions(halfWay), 'CancelDowngrade demo-1'],
    'ends it although a member is silent': [betweenVersions(halfWay).silent('demo-0'), 'CancelDowngrade demo-1'],
    'ends it where no member went back yet': [
      betweenVersions({ runs: all('3.7.3'), wanted: '3.7.3', target: '3.6', data: '3.6' }),
      'CancelDowngrade demo-0',
    ],
    'waits for a leader': [betweenVersions(halfWay).withLeader(undefined), 'wait StartingMembers'],
    'does nothing where there is no way': [betweenVersions({ ...halfWay, wanted: '3.5.35' })],
  })
})

describe('awaitClusterVersion', () => {
  decides(awaitClusterVersion, {
    'is content when the cluster has followed': [betweenVersions({ runs: all('3.6.16'), wanted: '3.6.16' })],
    'is content with 3.5, which tells nothing': [betweenVersions({ runs: all('3.5.35'), wanted: '3.5.35' })],
    'waits for the cluster to follow': [betweenVersions({ runs: all('3.6.16'), wanted: '3.6.16', data: '3.5' }), 'wait VersionSettling'],
    'waits for the end of a way back': [betweenVersions({ runs: all('3.6.16'), wanted: '3.6.16', target: '3.6' }), 'wait VersionSettling'],
  })
})

describe('the roll tells when pods are about to be created with another version', () => {
  const words = (scene: Scene) => {
    const decision = roll(scene)
    return decision?.kind === 'step' && decision.step.do === 'UpdateTemplate' ? decision.message : undefined
  }
  test('that there is no backup, how long setting back is enough, and what comes after it', () => {
    const message = words(betweenVersions({ runs: all('3.5.35'), wanted: '3.7.3' }))
    expect(message).toContain('no backup is taken first, because no EtcdBackupSchedule of demo tells where to')
    expect(message).toContain('Until the last member has started with 3.6.16, setting spec.version back leads back, and 3.7.3 after that')
  })
  test('nothing of a backup that is not wanted', () => {
    const scene = betweenVersions({ runs: all('3.6.11'), wanted: '3.6.16', spec: { upgrade: { backupFirst: false } } })
    expect(words(scene)).toMatch(/updating the StatefulSet$/)
  })
})

describe('the whole plan outside of a maintenance window', () => {
  decides(planCluster, {
    'says that a change to another minor version waits for the window': [
      betweenVersions({ runs: all('3.5.35'), wanted: '3.6.16' }).outsideWindow(),
      'wait WaitingForWindow demo-1',
    ],
    'also half way': [
      betweenVersions({ runs: ['3.5.35', '3.6.16', '3.5.35'], carried: '3.6.16', wanted: '3.6.16' })
        .withPod('demo-0', { revision: 'rev-0' })
        .withPod('demo-2', { revision: 'rev-0' })
        .outsideWindow(),
      'wait WaitingForWindow demo-2',
    ],
    'and of a way back that etcd was let go already': [
      betweenVersions({ runs: all('3.7.3'), wanted: '3.6.16', data: '3.6', target: '3.6' }).outsideWindow(),
      'wait WaitingForWindow demo-1',
    ],
  })
})

describe('the roll tells', () => {
  const last = { runs: ['3.5.35', '3.6.16', '3.6.16'], carried: '3.6.16', wanted: '3.7.3' }
  test('of the last member that there is no way back, and what comes next', () => {
    expect(versionWords(betweenVersions(last), 'demo-0')).toBe(
      '. This is the last member with etcd 3.5: once it has started with 3.6.16, the way back to 3.5 leads through a downgrade. Next: etcd 3.7.3',
    )
  })
  test('of any other only what comes next', () => {
    expect(versionWords(betweenVersions({ ...last, runs: ['3.5.35', '3.5.35', '3.6.16'] }), 'demo-0')).toBe('. Next: etcd 3.7.3')
  })
  test('nothing of a patch release', () => {
    expect(versionWords(betweenVersions({ runs: all('3.6.11'), wanted: '3.6.16' }), 'demo-0')).toBe('')
  })
})

describe('the oldest entries in the logs', () => {
  test.each([
    ['is not known without a note', betweenVersions({ runs: all('3.6.16'), wanted: '3.6.16' }), undefined],
    ['holds nothing of 3.5 where 3.7 runs', betweenVersions({ runs: all('3.7.3'), wanted: '3.7.3' }), '3.6'],
    ['is what was noted', betweenVersions({ runs: all('3.7.3'), wanted: '3.7.3', logsFrom: '3.6' }), '3.6'],
    ['falls with what a member runs', betweenVersions({ runs: ['3.6.16', '3.5.35', '3.6.16'], wanted: '3.6.16', logsFrom: '3.6' }), '3.5'],
    [
      'falls with what pods are created with',
      betweenVersions({ runs: all('3.6.16'), carried: '3.5.35', wanted: '3.5.35', logsFrom: '3.6' }),
      '3.5',
    ],
  ])('%s', (_, scene, minor) => {
    expect(logsFrom(scene)).toBe(minor)
  })
})
