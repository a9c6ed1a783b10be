import { POD } from '../../src/adapters/kube/kinds.ts'
import { startWriter, type WriterPod } from '../client/writer-pod.ts'
import { type ClusterHandle, isNow, isReady, podOf } from '../e2e/cluster-handle.ts'
import { until } from '../e2e/until.ts'
import { type Arena, timed } from './arena.ts'
import { type Figure, limitFigure, millisecondsOf, ratioFigure } from './figures.ts'

const versions = ['3.6.11', '3.6.16'] as const
const name = 'ours'
/** A follower that has just come back may be busy; the next measurement must not begin with that. */
const restMs = 5_000
const perClient = 3
const askEveryMs = 50

/** What a patch release of etcd and a label of the pods cost clients that write through the Service all the time. */
export async function measureRoll(arena: Arena): Promise<readonly Figure[]> {
  const { k8s, namespace } = arena
  const spec = { size: 3, version: versions[0], storage: { size: '1Gi', deletionPolicy: 'Delete' } }
  await arena.apply({ apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', metadata: { name }, spec })
  const demo = arena.cluster(name)
  await demo.untilReady(120)
  const repeating = await startWriter(k8s, { namespace, cluster: name, writers: perClient })
  const never = await startWriter(k8s, { namespace, cluster: name, writers: perClient, name: `${name}-never`, repeats: false })
  const phase = async (what: string) => void (await Promise.all([repeating.phase(what), never.phase(what)]))

  const [byHand, ofFollower, byOperator]: [number[], number[], number[]] = [[], [], []]
  for (let round = 1; round <= arena.rounds; round++) {
    await phase('by hand')
    const [all, follower] = await restartByHand(arena, demo)
    byHand.push(all)
    ofFollower.push(follower)
    await rest()
    const version = versions[round % 2] ?? versions[1]
    await phase('roll')
    byOperator.push(await timed(() => rollTo(demo, version)))
    await phase('between')
    await rest()
    arena.progress(`roll, round ${round}: ${byOperator.at(-1)?.toFixed(0)} ms, by hand ${byHand.at(-1)?.toFixed(0)} ms`)
  }
  await phase('label')
  const restarted = await restartedByLabel(demo)
  const figures = await figuresOf(repeating, never, arena.rounds)
  await arena.clear()
  return [
    ratioFigure('patch release of 3 members, against `kubectl delete pod` of each, one after the other', byOperator, byHand, 1.3),
    { ...ratioFigure('the same, against the restart of one follower by hand', byOperator, ofFollower, 0), limit: 'none set', holds: true },
    limitFigure('a label of the pods is changed: processes that were restarted', restarted, '', 0),
    ...figures,
  ]
}

/** From the change of the spec until it is carried out. */
async function rollTo(demo: ClusterHandle, version: string): Promise<void> {
  await demo.change({ version })
  const runs = (row: { version?: string }) => row.version === version
  const isDone = async () => {
    const seen = await demo.get()
    return isNow(seen, 'Ready') && (seen.status?.memberStatus ?? []).every(runs) ? true : undefined
  }
  await until(`all run ${version}`, 180, isDone, askEveryMs)
}

/**
 * Milliseconds of `kubectl delete pod` and the wait for the next pod, for one member after the other, the leader last, while the operator
 * rests; all three, and the slower of the two followers.
 */
async function restartByHand(arena: Arena, demo: ClusterHandle): Promise<readonly [all: number, follower: number]> {
  await demo.change({ paused: true })
  await demo.until('the operator rests', 30, ({ status, metadata }) => status?.observedGeneration === metadata.generation)
  const leader = (await demo.get()).status?.leader ?? ''
  const names = (await demo.pods()).map(({ metadata }) => metadata.name).filter((pod) => pod !== leader)
  const followers: number[] = []
  for (const pod of names) followers.push(await timed(() => restart(arena, demo, pod)))
  const last = await timed(() => restart(arena, demo, leader))
  await demo.change({ paused: false })
  await demo.untilReady(120)
  return [followers.reduce((sum, ms) => sum + ms, last), Math.max(...followers)]
}

async function restart({ k8s, namespace }: Arena, demo: ClusterHandle, pod: string): Promise<void> {
  const { uid } = (await podOf(demo, pod)).metadata
  await k8s.kube.delete(POD, { namespace, name: pod }, { uid }, AbortSignal.timeout(20_000))
  const isBack = async () => (await demo.pods()).some((one) => one.metadata.name === pod && one.metadata.uid !== uid && isReady(one))
  await until(`${pod} is ready again`, 120, async () => ((await isBack()) ? true : undefined), askEveryMs)
}

/** Containers and pods that are others than before. */
async function restartedByLabel(demo: ClusterHandle): Promise<number> {
  const before = await processesOf(demo)
  await demo.change({ pod: { labels: { bench: 'roll' } } })
  await until('all pods have the label', 60, async () =>
    (await demo.pods()).every(({ metadata }) => metadata.labels?.bench === 'roll') ? true : undefined,
  )
  await demo.untilReady()
  await rest()
  const after = await processesOf(demo)
  return after.filter((process) => !before.includes(process)).length
}

async function processesOf(demo: ClusterHandle): Promise<readonly string[]> {
  return (await demo.pods()).map(({ metadata, status }) => `${metadata.uid} ${status?.containerStatuses?.[0]?.restartCount ?? 0}`)
}

async function figuresOf(repeating: WriterPod, never: WriterPod, rounds: number): Promise<readonly Figure[]> {
  const [report, once] = [await repeating.verify(), await never.verify()]
  const of = (from: typeof report, what: string) => from.phases.filter((phase) => phase.name === what)
  const failed = (from: typeof report, what: string) => of(from, what).reduce((sum, phase) => sum + phase.failed, 0)
  const pauses = of(report, 'roll').map(({ longestPauseMs }) => longestPauseMs)
  const errors = failed(report, 'roll') === 0 ? '' : report.failures.map(({ error }) => error).join('; ')
  return [
    limitFigure('patch release under a client that repeats: longest pause', Math.max(...pauses), 'ms', 500, millisecondsOf(pauses)),
    limitFigure('patch release under a client that repeats: writes that failed', failed(report, 'roll'), '', 0, errors),
    limitFigure(
      `patch release under ${perClient} writers that never repeat: writes that failed in a roll, at its one MoveLeader`,
      Math.max(...of(once, 'roll').map((phase) => phase.failed)),
      'of one roll',
      perClient,
      `${failed(once, 'roll')} in ${rounds} rolls`,
    ),
    limitFigure('a label of the pods is changed: writes that failed', failed(report, 'label') + failed(once, 'label'), '', 0),
    limitFigure(
      'acknowledged writes that were lost',
      report.verification.lost + once.verification.lost,
      `of ${report.verification.checked + once.verification.checked}`,
      0,
    ),
  ]
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, restMs))
}
