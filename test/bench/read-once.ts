import { readSnapshot } from '../../src/agent/snapshot/read-snapshot.ts'

/** Reads the snapshot that the command line names, and says what that took: see snapshot-reading.ts. */
const start = performance.now()
readSnapshot(process.argv[2] ?? '')
process.stdout.write(JSON.stringify({ ms: performance.now() - start, maxRssBytes: process.resourceUsage().maxRSS * 1024 }))
