import { addonsReady, nodesReady } from './addons.ts'
import { adminApi } from './api.ts'
import { isRunning } from './daemon.ts'
import type { State } from './state.ts'

/** Every process runs, every node is Ready, DNS and storage are available: within a few seconds, or not at all. */
export async function isHealthy(state: State): Promise<boolean> {
  if (!state.daemons.every(isRunning)) return false
  try {
    const api = adminApi()
    if ((await api.get('/readyz')) !== 'ok') return false
    await nodesReady(api, state.nodes, 5_000)
    await addonsReady(api, 5_000)
    return true
  } catch {
    return false
  }
}
