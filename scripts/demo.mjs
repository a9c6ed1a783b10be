// `npm run demo`: sets everything up, then shows a cluster that grows and shrinks under a writing client; `-- --down` removes all.
import { ensureInstalled, node, run } from './setup.mjs'

await ensureInstalled()
process.exitCode = await run(node, ['test/demo/demo.ts', ...process.argv.slice(2)])
