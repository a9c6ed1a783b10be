import type { AgentReason } from '../../src/api/reasons.ts'
import type { AgentPod, AgentRun, JobFacts } from '../../src/model/agent/run.ts'
import type { AgentResult } from '../../src/model/agent/task.ts'
import type { AskedRun, RestoredCount, RestoreFacts } from '../../src/model/cluster/restore-facts.ts'
import type { VolumeFacts } from '../../src/model/cluster/view.ts'
import { known, unknown } from '../../src/model/known.ts'
import { askedFor } from '../../src/objects/jobs/restore-jobs.ts'
import { aCluster, incarnation, type Scene, type SpecWish, uid } from './a-cluster.ts'
import { anAgentPod } from './a-pod-report.ts'
import { agentImage, aStoredBackup, from, presentClaim, snapshot } from './a-restore.ts'

const mounts = { oneNode: true, node: 'n1' }
/** With which Jobs of these scenes are made. */
export const jobNeeds = { image: agentImage, mounts }
export const noJob: AskedRun = { job: { state: 'absent' }, pods: [], refusal: undefined, asked: undefined }

type Source = Extract<RestoreFacts, { stage: 'source' }>
type Data = Extract<RestoreFacts, { stage: 'data' }>

/** A cluster of three that is to begin with backup b1, and of which nothing exists yet. */
export function aRestoredCluster(spec: SpecWish = {}): Scene {
  return atSource(aCluster({ ...spec, bootstrap: { restore: { backup: 'b1' }, ...spec.bootstrap } }))
}

export function atSource(scene: Scene, changes: Partial<Source> = {}): Scene {
  return scene.with({ restore: sourceFacts(changes) })
}

export function sourceFacts(changes: Partial<Source> = {}): Source {
  const { sha256, revision } = snapshot
  const backup = aStoredBackup({ phase: 'Completed', location: 'demo/b1.db', sha256, revision })
  const facts = { backup, claim: presentClaim }
  return { stage: 'source', facts, verifiedByRestore: undefined, verification: noJob, agentImage: known(agentImage), mounts, ...changes }
}

/** What it begins with is written down; its first member has no pod. */
export function atData(scene: Scene, changes: Partial<Data> = {}): Scene {
  const bootstrap = { size: 1, token: `demo-${uid}-0`, incarnation, restore: from }
  return scene.withStatus({ bootstrap }).with({ restore: dataFacts(changes) })
}

export function dataFacts(changes: Partial<Data> = {}): Data {
  return { stage: 'data', run: noJob, agentImage: known(agentImage), mounts, used: [], ...changes }
}

/** The first member runs, with the data, and answers; nothing is pinned. */
export function atMember(scene: Scene, count: RestoredCount | string = { state: 'counted', keys: 27 }, run: AgentRun = published): Scene {
  return atData(scene)
    .withVolume('demo-0')
    .withConfig('demo-0', { state: 'established' })
    .withStatefulSet({ replicas: 1 })
    .withPod('demo-0')
    .withMember('demo-0')
    .withAnswer('demo-0')
    .with({
      restore: { stage: 'member', used: [{ job: 'demo-restore', run }], count: typeof count === 'string' ? unknown(count) : known(count) },
    })
}

interface RunState {
  readonly state?: 'running' | 'succeeded' | 'failed'
  readonly deleting?: boolean
  readonly failure?: JobFacts['failure']
  readonly result?: AgentResult
  readonly pod?: Partial<AgentPod>
  /** Default: what the spec asks for now. */
  readonly asked?: string
}

/** A Job of this cluster; its pod runs, unless told otherwise. */
export function aRun({
  state = 'running',
  deleting = false,
  failure,
  result,
  pod,
  asked = askedFor(aCluster().cluster, from),
}: RunState = {}): AskedRun {
  const value = { state, failure, ready: state === 'running', endedAt: undefined }
  const only = anAgentPod({ ended: state !== 'running', result, ...pod })
  const pods = state === 'running' || result !== undefined || pod !== undefined ? [only] : []
  return { job: { state: 'ours', uid: 'uid-job', resourceVersion: '1', deleting, value }, pods, refusal: undefined, asked }
}

export function aFailure(reason: AgentReason): AskedRun {
  return aRun({ state: 'failed', result: { result: 'Failed', reason, message: `it is ${reason}` } })
}

export const published = aRun({ state: 'succeeded', result: { result: 'Published' } })

/** As an earlier cluster of this name left them. */
export function withRetained(scene: Scene, names: readonly string[], changes: Partial<VolumeFacts> = {}): Scene {
  const earlier = { clusterUid: 'earlier', clusterId: 'c0c0', memberId: 'a9', incarnation: 'old' }
  return names.reduce((sum, name) => sum.withVolume(name, { ...earlier, ...changes }), scene)
}
