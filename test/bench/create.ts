import { type Arena, timed } from './arena.ts'
import { type Figure, ratioFigure } from './figures.ts'

/** Three members from nothing, against a StatefulSet that was written by hand; in turns, so that both see the same machine. */
export async function measureCreate(arena: Arena): Promise<readonly Figure[]> {
  const ours: number[] = []
  const byHand: number[] = []
  for (let round = 1; round <= arena.rounds; round++) {
    byHand.push(await create(arena, () => arena.applyStaticSets(['hand'], 3), 'hand'))
    ours.push(await create(arena, () => arena.createClusters(['ours'], 3), 'ours'))
    arena.progress(`create 3, round ${round}: ${ours.at(-1)?.toFixed(0)} ms, by hand ${byHand.at(-1)?.toFixed(0)} ms`)
  }
  return [ratioFigure('create 3 members, against a hand-written static StatefulSet', ours, byHand, 1.15)]
}

async function create(arena: Arena, apply: () => Promise<void>, name: string): Promise<number> {
  const ms = await timed(async () => {
    await apply()
    await arena.untilVoters(name, 3)
  })
  await arena.clear()
  return ms
}
