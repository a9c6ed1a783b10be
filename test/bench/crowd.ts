import { type Arena, timed } from './arena.ts'
import { type Figure, ratioFigure } from './figures.ts'

const count = 20

/** Twenty clusters of one member at once, against as many plain StatefulSets. */
export async function measureCrowd(arena: Arena): Promise<readonly Figure[]> {
  const ours: number[] = []
  const byHand: number[] = []
  for (let round = 1; round <= Math.max(1, Math.floor(arena.rounds / 2)); round++) {
    byHand.push(await startAll(arena, 'hand', (names) => arena.applyStaticSets(names, 1)))
    ours.push(await startAll(arena, 'ours', (names) => arena.createClusters(names, 1)))
    arena.progress(`${count} clusters, round ${round}: ${ours.at(-1)?.toFixed(0)} ms, by hand ${byHand.at(-1)?.toFixed(0)} ms`)
  }
  return [ratioFigure(`${count} clusters of one member at once, against ${count} plain StatefulSets`, ours, byHand, 1.2)]
}

async function startAll(arena: Arena, prefix: string, create: (names: readonly string[]) => Promise<void>): Promise<number> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}${index}`)
  const ms = await timed(async () => {
    await create(names)
    await Promise.all(names.map((name) => arena.untilVoters(name, 1, 300)))
  })
  await arena.clear()
  return ms
}
