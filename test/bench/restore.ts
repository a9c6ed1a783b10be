import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONFIG_MAP, ETCD_BACKUP, POD } from '../../src/adapters/kube/kinds.ts'
import { bundleClient } from '../client/bundle.ts'
import { fill } from '../client/filler.ts'
import { clientSecret, speaksTls, tlsOfPod } from '../client/secret-of-client.ts'
import { startWriter } from '../client/writer-pod.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { eventually, startEtcdProcesses } from '../contract/etcd-processes.ts'
import { etcdVersion } from '../e2e/cluster-handle.ts'
import { operatorImage } from '../e2e/images.ts'
import { until } from '../e2e/until.ts'
import { type Arena, timed } from './arena.ts'
import { type Figure, median, millisecondsOf, ratioFigure } from './figures.ts'

const bytes = 1024 ** 3
const quietMs = 20_000

/**
 * What a restore of three members from 1 GiB takes, against the sum of what it can't do without: `etcdutl snapshot restore` by
 * hand, the start of one pod with a new volume, and two learners joining a member with that much data. On the way: what a
 * client of that cluster feels of a backup.
 */
export async function measureRestore(arena: Arena): Promise<readonly Figure[]> {
  const rounds = Math.max(1, Math.ceil(arena.rounds / 2))
  const byHand = await timesOfEtcdutl(arena, rounds)
  const onePod = await timesOfOnePod(arena, rounds)
  await arena.apply(aVolume, { ...aCluster, spec: { ...aCluster.spec, size: 1 } })
  await arena.cluster('ours').untilReady(120)
  arena.progress('filling a cluster with 1 GiB')
  await fillCluster(arena)
  const joining = await timesOfJoining(arena, rounds)
  const latency = await latencyDuringBackups(arena, rounds)
  const restored = await timesOfRestore(arena, rounds)
  await arena.clear()
  const parts = [median(byHand) + median(onePod) + median(joining)]
  return [
    ratioFigure('restore of 3 members from 1 GiB, against etcdutl by hand, one pod start and two learners joining', restored, parts, 1.3),
    ...latency,
  ]
}

/** Of a snapshot of the same size, into a folder on this machine. */
async function timesOfEtcdutl(arena: Arena, rounds: number): Promise<readonly number[]> {
  await ensureBinaries([`etcd-${etcdVersion}/etcdctl`, `etcd-${etcdVersion}/etcdutl`], { progress: arena.progress })
  const etcd = await startEtcdProcesses(etcdVersion)
  const folder = mkdtempSync(join(tmpdir(), 'etcd-bench-'))
  const file = join(folder, 'snapshot.db')
  try {
    const [member] = await etcd.bootstrap(1, { quotaBackendBytes: 4 * bytes })
    if (member === undefined) throw new Error('no member')
    const etcdctl = (...args: readonly string[]) => run(etcdBinary(etcdVersion, 'etcdctl'), [`--endpoints=${member.endpoint.url}`, ...args])
    await eventually('the member answers', () => etcdctl('endpoint', 'health'))
    await fill({ address: new URL(member.endpoint.url).host, bytes, prefix: 'filling/' })
    await etcdctl('snapshot', 'save', file)
    const times: number[] = []
    for (let round = 1; round <= rounds; round++) {
      const dataDir = join(folder, 'restored')
      const args = ['snapshot', 'restore', file, `--data-dir=${dataDir}`, '--bump-revision=1000000000', '--mark-compacted']
      times.push(await timed(() => run(etcdBinary(etcdVersion, 'etcdutl'), args)))
      rmSync(dataDir, { recursive: true, force: true })
    }
    return times
  } finally {
    await etcd.cleanUp()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of a pod with a new volume, by a StatefulSet that somebody wrote by hand. */
async function timesOfOnePod(arena: Arena, rounds: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let round = 1; round <= rounds; round++) {
    times.push(
      await timed(async () => {
        await arena.applyStaticSets(['hand'], 1)
        await arena.untilVoters('hand', 1)
      }),
    )
    await arena.clear()
  }
  return times
}

/** Of two learners; leaves three members. */
async function timesOfJoining(arena: Arena, rounds: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let round = 1; round <= rounds; round++) {
    await arena.cluster('ours').change({ size: 1 })
    await arena.cluster('ours').untilReady(120)
    // etcd takes no new member within 5 s of a change.
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    times.push(
      await timed(async () => {
        await arena.cluster('ours').change({ size: 3 })
        await arena.untilVoters('ours', 3, 300)
      }),
    )
    arena.progress(`joining, round ${round}: ${times.at(-1)?.toFixed(0)} ms`)
    await arena.cluster('ours').untilReady(120)
  }
  return times
}

async function timesOfRestore(arena: Arena, rounds: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const name = `back${round}`
    times.push(
      await timed(async () => {
        await arena.apply(aRestore(name))
        await arena.untilVoters(name, 3, 600)
      }),
    )
    arena.progress(`restore, round ${round}: ${times.at(-1)?.toFixed(0)} ms`)
    await arena.k8s.kubectl(['delete', 'etcdcluster', name, '--namespace', arena.namespace, '--timeout=120s', '--request-timeout=0'])
  }
  return times
}

/** p99 of a client's writes while a backup is taken, against the time before it, and against what it costs by hand. */
async function latencyDuringBackups(arena: Arena, rounds: number): Promise<readonly Figure[]> {
  const client = await startWriter(arena.k8s, { namespace: arena.namespace, cluster: 'ours', writers: 3 })
  for (let round = 1; round <= rounds; round++) {
    await client.phase('in between')
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    await client.phase('quiet')
    await new Promise((resolve) => setTimeout(resolve, quietMs))
    await client.phase('by hand')
    const byHand = ['etcdctl', 'snapshot', 'save', '/tmp/by-hand.db']
    await arena.k8s.kubectl(['exec', '--namespace', arena.namespace, '--request-timeout=0', 'ours-1', '--', ...byHand])
    await client.phase('in between')
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    await arena.apply(aBackup(`b${round}`))
    await untilBackup(arena, `b${round}`, 'Running')
    await client.phase('backup')
    await untilBackup(arena, `b${round}`, 'Completed')
  }
  const { phases } = await client.phase('after')
  await client.pause()
  const p99 = (name: string) => phases.filter((phase) => phase.name === name).map(({ p99Ms }) => p99Ms)
  const figure = (what: string, yardstick: string) => ratioFigure(what, p99('backup'), p99(yardstick), 1.5, millisecondsOf)
  return [
    figure('p99 of a write while a backup of 1 GiB is taken, against before', 'quiet'),
    figure('the same, against while etcdctl snapshot save stores it inside a member’s pod', 'by hand'),
  ]
}

/** The start of its pod is not counted. */
async function untilBackup({ k8s, namespace }: Arena, name: string, phase: 'Running' | 'Completed'): Promise<void> {
  await until(
    `backup ${name} is ${phase}`,
    120,
    async () => {
      const found = await k8s.kube.get(ETCD_BACKUP, { namespace, name }, AbortSignal.timeout(10_000))
      const seen = found?.status?.phase
      return seen === phase || seen === 'Completed' ? true : undefined
    },
    100,
  )
}

const aCluster = {
  apiVersion: 'etcd-operator.dev/v1alpha1',
  kind: 'EtcdCluster',
  metadata: { name: 'ours' },
  spec: { size: 3, version: etcdVersion, storage: { size: '10Gi', deletionPolicy: 'Delete' }, etcd: { quotaBackendBytes: '4Gi' } },
}
const aVolume = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'backups' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
}

function aBackup(name: string): object {
  return {
    apiVersion: 'etcd-operator.dev/v1alpha1',
    kind: 'EtcdBackup',
    metadata: { name },
    spec: { cluster: 'ours', storage: { volume: { claimName: 'backups' } } },
  }
}

function aRestore(cluster: string): object {
  return {
    apiVersion: 'etcd-operator.dev/v1alpha1',
    kind: 'EtcdRestore',
    metadata: { name: cluster },
    spec: { source: { backup: 'b1' }, cluster },
  }
}

async function fillCluster({ k8s, namespace }: Arena): Promise<void> {
  const tls = (await speaksTls(k8s, namespace, 'ours')) ? tlsOfPod(clientSecret('ours'), 'FILLER_TLS') : undefined
  const signal = AbortSignal.timeout(60_000)
  await k8s.kube.create(
    CONFIG_MAP,
    { metadata: { name: 'filler', namespace }, data: { 'filler.cjs': await bundleClient('filler') } },
    signal,
  )
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'filler',
        image: operatorImage,
        imagePullPolicy: 'IfNotPresent' as const,
        command: ['/nodejs/bin/node', '/filler/filler.cjs'],
        env: [
          { name: 'FILLER_ADDRESS', value: `ours.${namespace}.svc:2379` },
          { name: 'FILLER_BYTES', value: String(bytes) },
          ...(tls?.env ?? []),
        ],
        volumeMounts: [{ name: 'program', mountPath: '/filler', readOnly: true }, ...(tls?.volumeMounts ?? [])],
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      },
    ],
    volumes: [{ name: 'program', configMap: { name: 'filler' } }, ...(tls?.volumes ?? [])],
  }
  await k8s.kube.create(POD, { metadata: { name: 'filler', namespace }, spec }, signal)
  await until('the cluster is filled', 300, async () => {
    const pod = await k8s.kube.get(POD, { namespace, name: 'filler' }, AbortSignal.timeout(10_000))
    if (pod?.status?.phase === 'Failed') throw new Error('the filler failed')
    return pod?.status?.phase === 'Succeeded' ? true : undefined
  })
}
