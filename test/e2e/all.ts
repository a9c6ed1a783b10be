import { readdirSync } from 'node:fs'
import { together } from './harness.ts'

/** All scenarios in one run, for `npm test`: while some wait, those of other files go on. `npm run test:e2e -- NAME` runs a file alone. */
const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts') && file !== 'rights.test.ts')

await together(files.toSorted().map((file) => ({ name: file.replace('.test.ts', ''), load: () => import(/* @vite-ignore */ `./${file}`) })))
