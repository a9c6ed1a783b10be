import { startWriter, type WriterPod } from '../client/writer-pod.ts'
import type { ClusterHandle } from '../e2e/cluster-handle.ts'
import { publishedLongAgo } from '../e2e/published-long-ago.ts'
import { type Arena, timed } from './arena.ts'
import { type Figure, limitFigure, millisecondsOf, ratioFigure } from './figures.ts'

const name = 'ours'
const writers = 3
const lookEveryMs = 200
/** What a client feels of the last restart may come after the status has told of it. */
const restMs = 5_000

/** What TLS costs: at the creation of a cluster, on the way of a living one to it, and when certificates and CAs are exchanged. */
export async function measureTls(arena: Arena): Promise<readonly Figure[]> {
  return [...(await measureCreation(arena)), ...(await measureWay(arena)), ...(await measureRotation(arena))]
}

/** In turns, so that both see the same machine. */
async function measureCreation(arena: Arena): Promise<readonly Figure[]> {
  const [plain, encrypted]: [number[], number[]] = [[], []]
  for (let round = 1; round <= arena.rounds; round++) {
    plain.push(await create(arena, 'Off'))
    encrypted.push(await create(arena, 'Required'))
    arena.progress(`create 3 with TLS, round ${round}: ${encrypted.at(-1)?.toFixed(0)} ms, without ${plain.at(-1)?.toFixed(0)} ms`)
  }
  return [ratioFigure('create 3 members with TLS, against without', encrypted, plain, 1.15)]
}

async function create(arena: Arena, mode: Mode): Promise<number> {
  const ms = await timed(async () => {
    await arena.apply(aCluster(mode))
    await arena.untilVoters(name, 3)
  })
  await arena.clear()
  return ms
}

/** A client in plain text until members take both, and one with TLS from then on. */
async function measureWay(arena: Arena): Promise<readonly Figure[]> {
  await arena.apply(aCluster('Off'))
  const demo = arena.cluster(name)
  await demo.untilReady(120)
  const plain = await writerOf(arena, 'plain', false)
  const restarts = await countingRestarts(demo, async () => {
    await modeIs(demo, 'Optional')
    await rest()
  })
  const first = await plain.verify()
  const encrypted = await writerOf(arena, 'encrypted', true)
  const more = await countingRestarts(demo, async () => {
    await modeIs(demo, 'Required')
    await rest()
  })
  const second = await encrypted.verify()
  await arena.clear()
  const pauses = [first, second].flatMap(({ phases }) => phases.map(({ longestPauseMs }) => longestPauseMs))
  const acknowledged = first.acknowledged + second.acknowledged
  const errors = [...first.failures, ...second.failures].map(({ error }) => error).join('; ')
  arena.progress(`Off to Required: ${restarts} and ${more} restarts`)
  return [
    limitFigure('Off to Required on 3 members: restarts of members', restarts + more, '', 6, 'two rolls'),
    limitFigure('Off to Required: longest pause', Math.max(...pauses), 'ms', 500, millisecondsOf(pauses)),
    limitFigure('Off to Required: writes that failed', first.failed + second.failed, `of ${acknowledged}`, 0, errors),
    limitFigure('Off to Required: acknowledged writes that were lost', first.verification.lost + second.verification.lost, '', 0),
  ]
}

/** All certificates of the cluster, and both CAs. */
async function measureRotation(arena: Arena): Promise<readonly Figure[]> {
  const { k8s, namespace } = arena
  await arena.apply(aCluster('Required'))
  const demo = arena.cluster(name)
  await demo.untilReady(120)
  const kubectl = (args: readonly string[]) => k8s.kubectl([...args, '--namespace', namespace])
  const client = await writerOf(arena, 'client', true)
  const restarts = await countingRestarts(demo, async () => {
    await publishedLongAgo({ kubectl }, name)
    await kubectl(['annotate', 'ec', name, 'etcd-operator.dev/rotate-ca=now'])
    await demo.until('both CAs were exchanged', 120, ({ status }) => (status?.tls?.caGeneration ?? 1) > 1)
    await demo.untilReady(120)
    await client.refresh()
    await rest()
  })
  // It reads its files anew; so does one that has just come.
  const late = await (await writerOf(arena, 'late', true)).verify()
  const report = await client.verify()
  await arena.clear()
  const errors = [...report.failures, ...late.failures].map(({ error }) => error).join('; ')
  return [
    limitFigure('all certificates and both CAs are exchanged: writes that failed', report.failed, `of ${report.acknowledged}`, 0, errors),
    limitFigure('all certificates and both CAs are exchanged: restarts of members', restarts, '', 0),
    limitFigure('all certificates and both CAs are exchanged: acknowledged writes that were lost', report.verification.lost, '', 0),
  ]
}

type Mode = 'Off' | 'Optional' | 'Required'

function aCluster(mode: Mode): object {
  return {
    apiVersion: 'etcd-operator.dev/v1alpha1',
    kind: 'EtcdCluster',
    metadata: { name },
    spec: { size: 3, version: '3.6.16', storage: { size: '1Gi', deletionPolicy: 'Delete' }, tls: { mode } },
  }
}

function writerOf({ k8s, namespace }: Arena, pod: string, tls: boolean): Promise<WriterPod> {
  return startWriter(k8s, { namespace, cluster: name, writers, name: `${name}-${pod}`, tls })
}

async function modeIs(demo: ClusterHandle, mode: Mode): Promise<void> {
  await demo.change({ tls: { mode } })
  await demo.until(`every member runs ${mode}`, 180, ({ status }) => status?.tls?.mode === mode)
  await demo.untilReady(120)
}

/** Processes that have begun while something went on. */
async function countingRestarts(demo: ClusterHandle, work: () => Promise<void>): Promise<number> {
  const processes = async () =>
    (await demo.pods()).map(({ metadata, status }) => `${metadata.uid} ${status?.containerStatuses?.[0]?.restartCount ?? 0}`)
  const before = new Set(await processes())
  const seen = new Set(before)
  let goesOn = true
  const look = async () => {
    while (goesOn) {
      for (const process of await processes()) seen.add(process)
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
  }
  const looking = look()
  await work().finally(() => {
    goesOn = false
  })
  await looking
  for (const process of await processes()) seen.add(process)
  return seen.size - before.size
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, restMs))
}
