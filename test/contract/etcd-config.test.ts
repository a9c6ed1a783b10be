import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { hasMaxLearners } from '../../src/model/versions.ts'
import { checkExtraArgs } from '../../src/objects/etcd-config/extra-args.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses, startLine } from './etcd-processes.ts'

const versions = process.env.TEST_LONG ? etcdVersions : (['3.5.35', '3.6.16', '3.7.3'] as const)

describe.each(versions)('the config file of etcd %s', { concurrent: true }, (version) => {
  const etcd = connectEtcd()
  afterAll(() => etcd.close())
  const is35 = !hasMaxLearners(version)

  async function aMember({ onTestFinished }: TestContext, extraArgs: Readonly<Record<string, string>> = {}): Promise<MemberProcess> {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const [member] = await processes.bootstrap(1, { extraArgs })
    if (member === undefined) throw new Error('no member')
    await eventually('it has started', () => etcd.memberList(member.endpoint)).catch((error) => {
      throw new Error(member.log(), { cause: error })
    })
    return member
  }

  test('takes up every setting', async (context) => {
    const member = await aMember(context)
    expect(startLine(member.log())).toMatchObject({
      'etcd-version': version,
      name: 'm0',
      'heartbeat-interval': '50ms',
      'election-timeout': '500ms',
      'snapshot-count': 10_000,
      'initial-advertise-peer-urls': [member.peerUrl],
      'advertise-client-urls': [member.endpoint.url],
      'listen-metrics-urls': [member.endpoint.url.replace('2379', '2381')],
      'initial-cluster': `m0=${member.peerUrl}`,
      'initial-cluster-state': 'new',
      'initial-cluster-token': aToken,
      'quota-backend-bytes': 64 * 1024 * 1024,
      'auto-compaction-mode': 'periodic',
      'auto-compaction-retention': '1h0m0s',
      'corrupt-check-time-interval': '4h0m0s',
      ...(is35
        ? { 'initial-corrupt-check': true, 'compact-check-time-enabled': true }
        : { 'feature-gates': 'CompactHashCheck=true,InitialCorruptCheck=true', 'max-learners': 2 }),
    })
    expect(member.log()).not.toMatch(/deprecated/i)
    expect((await fetch(`${member.endpoint.url.replace('2379', '2381')}/livez`)).status).toBe(200)
  })

  test('takes every extra argument that is offered', async (context) => {
    const extraArgs = { ...commonArgs, ...(is35 ? args35 : args36) }
    expect(checkExtraArgs(version, extraArgs)).toEqual([])
    const member = await aMember(context, extraArgs)
    expect(startLine(member.log())).toMatchObject({
      'max-wals': 7,
      'max-snapshots': 6,
      'pre-vote': false,
      'initial-election-tick-advance': false,
      'max-request-bytes': 2_000_000,
      'max-concurrent-streams': 1000,
      'host-whitelist': ['example.org'],
      'snapshot-catchup-entries': 4000,
      'corrupt-check-time-interval': '1h30m0s',
      'compact-check-time-interval': '2m0s',
      'downgrade-check-interval': '7s',
      ...(is35 ? {} : { 'feature-gates': expect.stringContaining('LeaseCheckpoint=true') }),
    })
  })

  test('checks its data against the others when an established member starts again', async (context) => {
    const member = await aMember(context)
    member.signal('SIGTERM')
    await member.ended()
    member.start({ state: 'established' })
    await eventually('it is back', () => etcd.memberList(member.endpoint))
    expect(member.log()).toMatch(/starting initial corruption check/)
  })

  test('lets an established member start with its log, and never without', async (context) => {
    const member = await aMember(context)
    const before = await etcd.status(member.endpoint)
    await member.kill()
    member.start({ state: 'established' })
    const after = await eventually('it is back', () => etcd.status(member.endpoint))
    expect([after.clusterId, after.memberId]).toEqual([before.clusterId, before.memberId])

    await member.kill()
    member.loseVolume()
    member.start({ state: 'established' })
    expect(await member.ended()).toBe(1)
    expect(member.log()).toContain(`couldn't find local name \\"m0\\" in the initial cluster configuration`)
  })
})

const commonArgs = {
  'auth-token-ttl': '400',
  'backend-batch-interval': '90ms',
  'backend-batch-limit': '9000',
  'backend-bbolt-freelist-type': 'array',
  'bcrypt-cost': '11',
  cors: 'http://example.org:80',
  'enable-grpc-gateway': 'false',
  'enable-pprof': 'true',
  'grpc-keepalive-interval': '1h30m',
  'grpc-keepalive-min-time': '4s',
  'grpc-keepalive-timeout': '21s',
  'host-whitelist': 'example.org',
  'initial-election-tick-advance': 'false',
  'log-level': 'debug',
  'max-concurrent-streams': '1000',
  'max-request-bytes': '2000000',
  'max-snapshots': '6',
  'max-txn-ops': '200',
  'max-wals': '7',
  metrics: 'extensive',
  'pre-vote': 'false',
}

const args36 = {
  'bootstrap-defrag-threshold-megabytes': '100',
  'compact-hash-check-time': '2m',
  'compaction-batch-limit': '900',
  'compaction-sleep-interval': '11ms',
  'corrupt-check-time': '1h30m',
  'distributed-tracing-address': '127.0.0.1:9',
  'distributed-tracing-instance-id': 'one',
  'distributed-tracing-sampling-rate': '100',
  'distributed-tracing-service-name': 'etcd',
  'downgrade-check-time': '7s',
  'enable-distributed-tracing': 'true',
  'feature-gates': 'LeaseCheckpoint=true,LeaseCheckpointPersist=true,StopGRPCServiceOnDefrag=true,TxnModeWriteWithSharedBuffer=true',
  'log-format': 'json',
  'memory-mlock': 'false',
  'snapshot-catchup-entries': '4000',
  'warning-apply-duration': '200ms',
  'warning-unary-request-duration': '400ms',
  'watch-progress-notify-interval': '9m',
}

const { 'feature-gates': _, 'log-format': __, 'warning-unary-request-duration': ___, ...renamed } = args36
const args35 = {
  ...Object.fromEntries(Object.entries(renamed).map(([name, value]) => [`experimental-${name}`, value])),
  'experimental-enable-lease-checkpoint': 'true',
  'experimental-enable-lease-checkpoint-persist': 'true',
  'experimental-stop-grpc-service-on-defrag': 'true',
  'experimental-txn-mode-write-with-shared-buffer': 'true',
}
