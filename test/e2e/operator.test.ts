import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { isWrite, openAudit } from './audit.ts'
import { isLong, scenario } from './harness.ts'
import { crash, leadingPod, restartOperator, untilOperatorIsWhole } from './operator-pods.ts'

scenario(
  'an operator that is killed in the middle of a growth goes on where it was',
  { seconds: 150, alone: true },
  async ({ k8s, cluster, writer }) => {
    const demo = cluster('demo')
    await demo.create({ size: 1 })
    await demo.untilReady()
    const clients = await writer()

    await demo.change({ size: 3 })
    await demo.until('a member joins', 30, (seen) => (seen.status?.memberStatus?.length ?? 0) > 1)
    const leader = await leadingPod(k8s)
    if (k8s.info.provider === 'local') killProcessOf(leader.metadata.name)
    else await crash(k8s, leader)
    expect((await demo.untilReady(90)).status?.members).toBe(3)

    await demo.change({ size: 1 })
    await demo.until('a member leaves', 30, (seen) => seen.status?.memberStatus?.some(({ role }) => role === 'Leaving') ?? false)
    await crash(k8s, await leadingPod(k8s))
    expect((await demo.untilReady(90)).status?.members).toBe(1)

    const report = await clients.verify()
    expect(report).toMatchObject({ failed: 0, backwards: 0, verification: { lost: 0 } })
    await untilOperatorIsWhole(k8s)
  },
)

scenario(
  'an operator that starts on an unchanged world writes nothing',
  { seconds: 120, alone: true },
  async ({ k8s, namespace, cluster }) => {
    const demo = cluster('demo')
    await demo.create({ size: 1 })
    await demo.untilReady()
    const { resourceVersion } = (await demo.get()).metadata
    const audit = k8s.info.auditLog === undefined ? undefined : openAudit(k8s)
    await restartOperator(k8s)
    // Long enough for some passes of the new one.
    await new Promise((resolve) => setTimeout(resolve, isLong ? 60_000 : 12_000))
    const writes = audit?.requests().filter((request) => isWrite(request) && request.namespace === namespace) ?? []
    expect(writes).toEqual([])
    expect((await demo.get()).metadata.resourceVersion).toBe(resourceVersion)
  },
)

/** SIGKILL, by its pid: a container that crashed, which the kubelet starts again in the same pod. */
function killProcessOf(pod: string): void {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOperator(name, pod))
  expect(pids, `the process of ${pod}`).toHaveLength(1)
  process.kill(Number(pids[0]), 'SIGKILL')
}

function isOperator(pid: string, pod: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`POD_NAME=${pod}`)
  } catch {
    return false
  }
}
