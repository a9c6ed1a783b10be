import { applyStep } from '../../world/apply-step.ts'
import { environment } from '../../world/environment.ts'
import { followUp } from '../../world/etcd.ts'
import { keyOf } from '../../world/key.ts'
import { seenNow, withMarks } from '../../world/operator.ts'
import { viewOf } from '../../world/view-of.ts'
import { isRunning, type World, withPod, withVolume } from '../../world/world.ts'
import { type Action, type Event, nothingToActOn, stepOf } from './action.ts'

/** The model after an action, at rest again. `refused`: why a step changed nothing. */
export interface Acted {
  readonly world: World
  readonly refused: string | undefined
}

export function act(world: World, action: Action): Acted {
  if ('event' in action) return { world: settle(followUp(happen(world, action.event, action.ordinal))), refused: undefined }
  const step = stepOf(viewOf(world), action)
  if (step === undefined) return { world, refused: nothingToActOn }
  const landed = applyStep(world, step, seenNow(world))
  return landed.kind === 'done' ? { world: settle(landed.world), refused: undefined } : { world, refused: landed.why }
}

function happen(world: World, event: Event, ordinal: number): World {
  const [pod, volume] = [world.pods[ordinal], world.volumes[ordinal]]
  switch (event) {
    case 'process killed':
      return isRunning(pod) ? withPod(world, ordinal, { ...pod, phase: 'waiting', exit: 'other' }) : world
    case 'pod deleted':
    case 'pod killed':
      return pod === undefined ? world : withPod(world, ordinal, { ...pod, deletedBy: 'environment' })
    case 'volume emptied':
      return volume === undefined ? world : withPod(withVolume(world, ordinal, { ...volume, log: undefined }), ordinal, undefined)
  }
}

/** Everything that begins by itself has happened: Kubernetes, the kubelets and etcd have nothing left to do. The operator only marks. */
export function settle(from: World): World {
  let world = from
  for (let turn = 0; turn < 1000; turn++) {
    const key = keyOf(world)
    const marked = withMarks(world, viewOf(world))
    const next = [
      marked,
      ...environment(world)
        .filter(({ kind }) => kind === 'progress' || kind === 'retry')
        .map(({ to }) => to),
    ]
    const other = next.find((to) => keyOf(to) !== key)
    if (other === undefined) return world
    world = other
  }
  throw new Error('the model does not come to rest')
}
