import { type Arena, timed } from './arena.ts'
import { type Figure, limitFigure, median, ratioFigure, secondsOf } from './figures.ts'

/** Three to five and back, against the start of one pod with a new volume. */
export async function measureScale(arena: Arena): Promise<readonly Figure[]> {
  const up: number[] = []
  const down: number[] = []
  const onePod: number[] = []
  for (let round = 1; round <= arena.rounds; round++) {
    onePod.push(
      await timed(async () => {
        await arena.applyStaticSets(['hand'], 1)
        await arena.untilVoters('hand', 1)
      }),
    )
    await arena.clear()
    await arena.createClusters(['ours'], 3)
    await settled(arena)
    up.push(await scaleTo(arena, 5))
    await settled(arena)
    down.push(await scaleTo(arena, 3))
    arena.progress(
      `scale, round ${round}: up ${up.at(-1)?.toFixed(0)} ms, down ${down.at(-1)?.toFixed(0)} ms, one pod ${onePod.at(-1)?.toFixed(0)} ms`,
    )
    await arena.clear()
  }
  return [
    ratioFigure('3 to 5 members, against the start of one pod with a new volume', up, onePod, 2.2),
    limitFigure('5 to 3 members', median(down) / 1000, 's', 5, secondsOf(down)),
  ]
}

/** Ready, and then some quiet: etcd takes no new member within 5 s of a change. */
async function settled(arena: Arena): Promise<void> {
  await arena.cluster('ours').untilReady(120)
  await new Promise((resolve) => setTimeout(resolve, 6_000))
}

function scaleTo(arena: Arena, size: number): Promise<number> {
  return timed(async () => {
    await arena.cluster('ours').change({ size })
    await arena.untilVoters('ours', size)
  })
}
