import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** `npm run check`: types, lint and format, generated files. Prints what failed and how to mend it. */
const root = fileURLToPath(new URL('..', import.meta.url))

const checks: readonly { name: string; command: string; args: readonly string[]; mend: string }[] = [
  { name: 'types', command: 'tsc', args: ['-p', '.'], mend: 'mend the types' },
  { name: 'lint and format', command: 'biome', args: ['check', '--error-on-warnings'], mend: 'run: npx biome check --write' },
  { name: 'generated files', command: 'node', args: ['scripts/generate.ts', '--check'], mend: 'run: npm run generate' },
]

let failed = 0
for (const check of checks) {
  const result = spawnSync(check.command, check.args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` },
  })
  console.log(`${result.status === 0 ? 'ok    ' : 'FAILED'} ${check.name}${result.status === 0 ? '' : ` (${check.mend})`}`)
  if (result.status !== 0) failed += 1
}
process.exitCode = failed > 0 ? 1 : 0
