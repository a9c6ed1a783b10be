import { PERSISTENT_VOLUME_CLAIM, POD } from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { startWriter, type WriterPod } from '../client/writer-pod.ts'
import type { ClusterNode } from '../cluster/cluster.ts'
import { isWrite, openAudit } from '../e2e/audit.ts'
import { memberListOf, startedVoters } from '../e2e/etcd-gateway.ts'
import { dispensableNode, notReadySince, startNode, stopNode, untilNodeIsReady } from '../e2e/nodes.ts'
import { crash, leadingPod, restartOperator, untilOperatorIsWhole } from '../e2e/operator-pods.ts'
import { until } from '../e2e/until.ts'
import { type Arena, timed } from './arena.ts'
import { type Figure, limitFigure, median, millisecondsOf, ratioFigure, secondsOf } from './figures.ts'

const electionMs = 1_000
const nodeLossSeconds = 30
/** After a change etcd takes no new member for 5 s; the next round must not wait for that. */
const restMs = 6_000

/** What members, nodes and operators that are lost cost the client that writes all the time. */
export async function measureHeal(arena: Arena): Promise<readonly Figure[]> {
  const onePod: number[] = []
  for (let round = 1; round <= arena.rounds; round++) {
    onePod.push(await startOnePod(arena))
    await arena.clear()
  }
  const victim = arena.k8s.info.provider === 'local' ? await dispensableNode(arena.k8s) : undefined
  await arena.apply(ours)
  await arena.cluster('ours').untilReady(120)
  const client = await writerAwayFrom(arena, victim)

  const volumes = await lostVolumes(arena, client)
  const leaders = await killedLeaders(arena, client)
  const operator = await restartedOperator(arena, client)
  const node = victim === undefined ? [] : await lostNode(arena, client, victim, onePod)

  const report = await client.verify()
  await arena.clear()
  const ofPhase = (name: string) => report.phases.filter((phase) => phase.name === name)
  const pauses = (name: string) => ofPhase(name).map(({ longestPauseMs }) => longestPauseMs)
  const failed = ofPhase('volume').reduce((sum, phase) => sum + phase.failed, 0)
  return [
    ratioFigure('lost volume: from its deletion until there are three started voters, against one pod start', volumes, onePod, 2),
    limitFigure('lost volume: longest pause', Math.max(...pauses('volume')), 'ms', 1_000, millisecondsOf(pauses('volume'))),
    limitFigure('lost volume: writes that failed', failed, '', 0),
    limitFigure(
      `the leader's pod killed without a grace period: longest pause, ${leaders} rounds`,
      Math.max(...pauses('leader')),
      'ms',
      2 * electionMs + 1_000,
      millisecondsOf(pauses('leader')),
    ),
    ...node,
    ...operator,
    limitFigure('acknowledged writes that were lost', report.verification.lost, `of ${report.verification.checked}`, 0),
  ]
}

const ours = {
  apiVersion: 'etcd-operator.dev/v1alpha1',
  kind: 'EtcdCluster',
  metadata: { name: 'ours' },
  spec: {
    size: 3,
    version: '3.6.16',
    storage: { size: '1Gi', deletionPolicy: 'Delete' },
    repair: { nodeLossAfter: `${nodeLossSeconds}s` },
  },
}

function startOnePod(arena: Arena): Promise<number> {
  return timed(async () => {
    await arena.applyStaticSets(['hand'], 1)
    await arena.untilVoters('hand', 1)
  })
}

/** The client must outlive the node. */
async function writerAwayFrom(arena: Arena, victim: ClusterNode | undefined): Promise<WriterPod> {
  const cordon = (verb: string) => (victim === undefined ? '' : arena.k8s.kubectl([verb, victim.name]))
  await cordon('cordon')
  try {
    return await startWriter(arena.k8s, { namespace: arena.namespace, cluster: 'ours', writers: 3 })
  } finally {
    await cordon('uncordon')
  }
}

/** The claim and then the pod of a follower are deleted. */
async function lostVolumes(arena: Arena, client: WriterPod): Promise<readonly number[]> {
  const times: number[] = []
  for (let round = 1; round <= arena.rounds; round++) {
    await rested(arena)
    const leader = await leaderOf(arena)
    const name = leader === 'ours-2' ? 'ours-1' : 'ours-2'
    const lost = (await memberListOf(arena.k8s, arena.namespace, 'ours-0')).find((member) => member.name === name)?.id ?? ''
    await client.phase('volume')
    times.push(
      await timed(async () => {
        await remove(arena, PERSISTENT_VOLUME_CLAIM, `data-${name}`)
        await remove(arena, POD, name)
        await untilReplaced(arena, lost, 'ours-0')
      }),
    )
    await arena.cluster('ours').untilReady(120)
    await client.phase('between')
    arena.progress(`lost volume, round ${round}: ${times.at(-1)?.toFixed(0)} ms`)
  }
  return times
}

async function killedLeaders(arena: Arena, client: WriterPod): Promise<number> {
  for (let round = 1; round <= arena.rounds; round++) {
    await rested(arena)
    const leader = await leaderOf(arena)
    await client.phase('leader')
    await remove(arena, POD, leader, { gracePeriodSeconds: 0 })
    await arena.cluster('ours').until('another member leads', 30, ({ status }) => status?.leader !== undefined && status.leader !== leader)
    await arena.cluster('ours').untilReady(120)
    await client.phase('between')
    arena.progress(`killed leader, round ${round}`)
  }
  return arena.rounds
}

/** Both replicas are replaced, and the leading one dies without giving its Lease back. */
async function restartedOperator(arena: Arena, client: WriterPod): Promise<readonly Figure[]> {
  if (arena.k8s.info.auditLog === undefined) return []
  await rested(arena)
  // While clients write, how far each member is gets marked once a minute. What is new since is told once more; then nothing is left.
  await client.pause()
  await rest(75_000)
  const audit = openAudit(arena.k8s)
  await restartOperator(arena.k8s)
  await crash(arena.k8s, await leadingPod(arena.k8s))
  await untilOperatorIsWhole(arena.k8s)
  await rest(20_000)
  await client.resume()
  const writes = audit.requests().filter((request) => isWrite(request) && request.resource !== 'leases')
  const kinds = [...new Set(writes.map(({ verb, resource, subresource }) => `${verb} ${resource}${subresource && `/${subresource}`}`))]
  return [limitFigure('the operator is rolled out again and killed: writes but for the Lease', writes.length, '', 0, kinds.join(', '))]
}

async function lostNode(arena: Arena, client: WriterPod, victim: ClusterNode, onePod: readonly number[]): Promise<readonly Figure[]> {
  const { k8s, namespace } = arena
  await rested(arena)
  const pods = await arena.cluster('ours').pods()
  const gone = pods.find(({ spec }) => spec?.nodeName === victim.name)?.metadata.name ?? ''
  const witness = pods.find(({ metadata }) => metadata.name !== gone)?.metadata.name ?? ''
  const lost = (await memberListOf(k8s, namespace, witness)).find((member) => member.name === gone)?.id ?? ''
  await client.phase('node')
  try {
    await stopNode(victim)
    const since = await until('the node is held for not ready', 120, () => notReadySince(k8s, victim))
    await untilReplaced(arena, lost, witness, 240)
    const ms = Date.now() - since
    arena.progress(`lost node: ${ms} ms after Kubernetes held it for not ready`)
    const most = nodeLossSeconds + (2 * median(onePod)) / 1000
    const words = `nodeLossAfter ${nodeLossSeconds} s, one pod start ${secondsOf(onePod)}`
    return [
      limitFigure('node lost for good: three started voters again, from when its node was not ready', ms / 1000, 's', round(most), words),
    ]
  } finally {
    await startNode(victim)
    await untilNodeIsReady(k8s, victim)
    await arena.cluster('ours').untilReady(120)
    await client.phase('between')
  }
}

/** Three started voters, and the lost one is none of them. */
async function untilReplaced({ k8s, namespace }: Arena, lost: string, witness: string, seconds = 120): Promise<void> {
  await until(
    'three voters without the lost one',
    seconds,
    async () => {
      const members = await memberListOf(k8s, namespace, witness)
      return startedVoters(members).length === 3 && members.length === 3 && !members.some(({ id }) => id === lost) ? true : undefined
    },
    50,
  )
}

async function remove<T extends KubeObject>({ k8s, namespace }: Arena, kind: ResourceKind<T>, name: string, options = {}): Promise<void> {
  const found = await k8s.kube.get(kind, { namespace, name }, AbortSignal.timeout(10_000))
  if (found === undefined) throw new Error(`there is no ${kind.kind} ${name}`)
  await k8s.kube.delete(kind, { namespace, name }, { uid: found.metadata.uid }, AbortSignal.timeout(10_000), options)
}

async function leaderOf(arena: Arena): Promise<string> {
  const { status } = await arena.cluster('ours').untilReady(120)
  if (status?.leader === undefined) throw new Error('no member leads')
  return status.leader
}

async function rested(arena: Arena): Promise<void> {
  await arena.cluster('ours').untilReady(120)
  await rest(restMs)
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
