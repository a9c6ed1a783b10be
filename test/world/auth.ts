import { authStatusOf } from '../../src/model/cluster/auth.ts'
import type { ClusterView } from '../../src/model/cluster/view.ts'
import type { Step } from '../../src/plan/cluster/step.ts'
import type { Landed } from './apply-step.ts'
import { runsWith } from './tls.ts'
import { isRunning, type Made, open, type World } from './world.ts'

/** Whether etcd asks who a client is. While it does, the operator is root by its certificate, and nobody where it is asked for none. */

export function turnAuth(world: World, step: Extract<Step, { do: 'PrepareRoot' | 'EnableAuth' | 'DisableAuth' }>): Landed {
  const { etcd } = world
  const { isOn = false, root = false } = etcd.auth ?? {}
  if (etcd.leader === undefined) return { kind: 'refused', why: 'no leader' }
  if (step.do === 'EnableAuth' && !root) return { kind: 'refused', why: 'root user does not exist' }
  const auth = step.do === 'PrepareRoot' ? { isOn, root: true } : { isOn: step.do === 'EnableAuth', root }
  return { kind: 'done', world: { ...world, etcd: { ...etcd, auth } } }
}

/** What a report, or the announcement of a step, says of who has switched it on. */
export function withAuthNoted(world: World, view: ClusterView, step: Step | undefined): World {
  if (world.etcd.auth === undefined) return world
  const { switchedOn = false } = authStatusOf(view, step?.do === 'EnableAuth')
  if (switchedOn === (world.status.switchedOn ?? false)) return world
  const { switchedOn: _, ...status } = world.status
  return { ...world, status: { ...status, ...(switchedOn ? { switchedOn } : {}) }, clusterVersion: world.clusterVersion + 1 }
}

/** Whether the process in the pod of this ordinal asks every client for a certificate. */
export function asks(world: World, ordinal: number): boolean {
  // In Optional a client that dials with TLS is asked for one.
  return runsWith(world, ordinal) !== 'Off' && world.pods[ordinal]?.runs?.settings !== open
}

/** Whether all of them do, and would if they were restarted. */
export function doAllAsk(world: World): boolean {
  const { configs, pods, etcd } = world
  const asksBy = (made: Made | undefined) => (made?.tls ?? 'Off') !== 'Off' && made?.settings !== open
  return etcd.members.every(({ ordinal }) => {
    const file = pods[ordinal]?.file
    const isAsking = isRunning(pods[ordinal]) ? asks(world, ordinal) : file !== 'missing' && asksBy(file)
    return isAsking && asksBy(configs?.entries[ordinal]?.made)
  })
}

/** The operator must never be locked out. */
export function* brokenAuth(world: World): Generator<string> {
  if (!world.etcd.auth?.isOn) return
  for (const { ordinal } of world.etcd.members)
    if (isRunning(world.pods[ordinal]) && !asks(world, ordinal))
      yield `authentication is on, and demo-${ordinal} asks for no certificate: the operator is nobody there`
}
