import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runNode } from '../cluster/command.ts'
import { endWith } from '../cluster/set-up-failed.ts'
import { prepare, prepareFlags, prepareOptions } from './prepare.ts'

/** `npm run test:e2e [-- NAME ...]`: sets everything up, then runs the scenarios whose file or title holds one of the names. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    ...prepareFlags,
  },
})

await main().catch(endWith)

async function main(): Promise<void> {
  await prepare(prepareOptions(values))
  const isAll = positionals.length === 0
  const args = ['run', '--project', isAll ? 'e2e-all' : 'e2e', '--reporter', isAll ? 'verbose' : 'default']
  process.exitCode = await runNode(['node_modules/vitest/vitest.mjs', ...args, ...positionals.flatMap(filterOf)], {
    env: values.long ? { TEST_LONG: '1' } : {},
  })
}

/** A file where one is called so, else a part of the titles. */
function filterOf(name: string): readonly string[] {
  const isFile = readdirSync(import.meta.dirname).some((file) => file.endsWith('.test.ts') && file.includes(name))
  return isFile ? [`test/e2e/${name}`] : ['--testNamePattern', name]
}
