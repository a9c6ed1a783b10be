import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import type { Report } from '../client/writer.ts'
import type { WriterPod } from '../client/writer-pod.ts'
import type { ClusterHandle } from '../e2e/cluster-handle.ts'
import type { Kubernetes } from '../e2e/kubernetes.ts'
import { boardOf, seconds } from './board.ts'
import { followCluster } from './follow.ts'
import { name, namespace } from './manifests.ts'
import type { Narrator } from './narrator.ts'
import type { Chapter } from './result.ts'
import { paint } from './screen.ts'
import { whatHappened } from './story.ts'

/** The client goes on for so long between the steps, so that quiet times are seen as well. */
const restMs = 3_000

export type Stage = ReturnType<typeof watchStage>

/** What is seen while a chapter runs, drawn several times a second. */
export function watchStage(k8s: Kubernetes, { screen, say }: Narrator, signal: AbortSignal) {
  let cluster: EtcdCluster | undefined
  let title = ''
  let beganMs = performance.now()
  const stage = {
    client: undefined as WriterPod | undefined,
    report: undefined as Report | undefined,
    /** Begins something and ends when the cluster is Ready for it. */
    async chapter(newTitle: string, phase: string, demo: ClusterHandle, begin: () => Promise<void>): Promise<Chapter> {
      const told = await stage.timed(newTitle, phase, async () => {
        await begin()
        await demo.untilReady(180)
      })
      say(paint.good(`${newTitle}: ready after ${seconds(told.ms)}`))
      return told
    },
    async timed(newTitle: string, phase: string, work: () => Promise<void>): Promise<Chapter> {
      title = newTitle
      beganMs = performance.now()
      await work()
      return { title: newTitle, ms: performance.now() - beganMs, phase }
    },
    async rest(): Promise<void> {
      title = 'client writes on'
      beganMs = performance.now()
      await new Promise((resolve) => setTimeout(resolve, restMs))
    },
  }

  const draw = () => screen.board(boardOf({ title, elapsedMs: performance.now() - beganMs, cluster, report: stage.report }))
  const follow = async () => {
    for await (const now of followCluster(k8s, namespace, name, signal)) {
      for (const line of whatHappened(cluster, now)) say(line)
      cluster = now
      draw()
    }
  }
  const listen = async () => {
    while (!signal.aborted) {
      stage.report = await stage.client?.report().catch(() => stage.report)
      draw()
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  for (const watching of [follow, listen]) {
    void watching().catch((error: unknown) => {
      if (!signal.aborted) say(paint.bad(`no longer seen: ${error instanceof Error ? error.message : String(error)}`))
    })
  }
  return stage
}
