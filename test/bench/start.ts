import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Arena } from './arena.ts'
import { type Figure, limitFigure, median } from './figures.ts'

const bundle = join(import.meta.dirname, '..', '..', 'dist', 'operator.cjs')
const patienceMs = 20_000

/** From the start of the process to the end of its first pass over a cluster, without the election; the bundle of the image. */
export async function measureStart(arena: Arena): Promise<readonly Figure[]> {
  if (!existsSync(bundle)) return []
  await arena.createClusters(['ours'], 1)
  await arena.cluster('ours').untilReady()
  const times: number[] = []
  for (let round = 1; round <= arena.rounds; round++) times.push(await startToFirstPass(arena))
  await arena.clear()
  arena.progress(`start to first pass: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`)
  return [limitFigure('start of the process to the end of its first pass', median(times), 'ms', 1_000)]
}

/** A second operator beside the installed one does no harm: a steady cluster gives neither anything to do. */
function startToFirstPass({ k8s, namespace }: Arena): Promise<number> {
  const args = ['--leader-elect=false', `--watch-namespaces=${namespace}`, '--log-level=debug']
  const ports = ['--metrics-address=127.0.0.1:0', '--health-address=127.0.0.1:0', `--kubeconfig=${k8s.info.kubeconfig}`]
  const begin = performance.now()
  const child = spawn(process.execPath, [bundle, ...args, ...ports], { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise<number>((resolve, reject) => {
    const giveUp = setTimeout(() => reject(new Error(`no pass within ${patienceMs} ms`)), patienceMs)
    child.on('error', reject)
    let log = ''
    child.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (!log.includes('"msg":"pass"')) return
      clearTimeout(giveUp)
      resolve(performance.now() - begin)
    })
  }).finally(() => child.kill('SIGTERM'))
}
