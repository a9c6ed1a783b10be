import { memberListOf } from '../e2e/etcd-gateway.ts'
import { until } from '../e2e/until.ts'
import type { Arena } from './arena.ts'
import { type Figure, limitFigure, median, millisecondsOf } from './figures.ts'

const askEveryMs = 20

/** One member becomes three: how long there are two voters, who survive no failure, by etcd's own list. */
export async function measureTwoVoters(arena: Arena): Promise<readonly Figure[]> {
  const windows: number[] = []
  for (let round = 1; round <= arena.rounds; round++) {
    await arena.createClusters(['ours'], 1)
    await arena.cluster('ours').untilReady(120)
    await new Promise((resolve) => setTimeout(resolve, 6_000)) // etcd takes no new member within 5 s of a change.
    await arena.cluster('ours').change({ size: 3 })
    const [two, three] = await votersAt(arena)
    windows.push(three - two)
    arena.progress(`two voters, round ${round}: ${windows.at(-1)?.toFixed(0)} ms`)
    await arena.clear()
  }
  return [limitFigure('two voters while one member becomes three', median(windows), 'ms', 500, millisecondsOf(windows))]
}

/** When the list first had two voters, and when three. Equal where no ask fell in between. */
async function votersAt(arena: Arena): Promise<readonly [number, number]> {
  let two: number | undefined
  const three = await until(
    'three voters',
    120,
    async () => {
      const members = await memberListOf(arena.k8s, arena.namespace, 'ours-0')
      const count = members.filter(({ isLearner }) => !isLearner).length
      if (count >= 2) two ??= performance.now()
      return count === 3 ? performance.now() : undefined
    },
    askEveryMs,
  )
  return [two ?? three, three]
}
