// `npm test`: sets everything up and runs every tier; `--long` adds the exhaustive rest. Ends with "N passed, N failed".
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { ensureInstalled, node, root, run } from './setup.mjs'

const long = process.argv.includes('--long')
const reports = mkdtempSync(join(tmpdir(), 'etcd-operator-test-'))
const rows = []

await ensureInstalled()
await command('check', ['scripts/check.ts'])
await vitest('unit', ['unit', 'world'])
await vitest('contract', ['contract'])
await vitest('integration', ['integration'])
if (await command('cluster', ['test/e2e/prepare.ts'])) await vitest('e2e', ['e2e-all'], 'verbose')
report()

/** One check that is not a vitest tier: counts as one test. */
async function command(name, args) {
  const started = Date.now()
  console.log(`\n=== ${name}`)
  const ok = (await run(node, args)) === 0
  rows.push({ name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, seconds: (Date.now() - started) / 1000 })
  return ok
}

/** `verbose` tells of each test when it ends, `default` of each file. */
async function vitest(name, projects, reporter = 'default') {
  const started = Date.now()
  console.log(`\n=== ${name}`)
  const file = join(reports, `${name}.json`)
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...projects.flatMap((project) => ['--project', project])]
  const code = await run(
    node,
    [...args, `--reporter=${reporter}`, '--reporter=json', `--outputFile.json=${file}`],
    long ? { TEST_LONG: '1' } : {},
  )
  rows.push({ name, ...count(file, code), seconds: (Date.now() - started) / 1000 })
}

function count(file, code) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'))
    // A file that failed to load, or an unhandled error, has no failed test of its own: it counts as one.
    const failed = Math.max(result.numFailedTests, code === 0 ? 0 : 1)
    return {
      passed: result.numPassedTests,
      failed,
      skipped: result.numPendingTests,
      failures: failuresIn(result),
      again: secondTriesIn(result),
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** What failed and why: told once more at the end, because an earlier tier's words are far above by then. */
function failuresIn(result) {
  return result.testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name)
    const failed = assertionResults.filter(({ status }) => status === 'failed')
    if (failed.length === 0) return message ? [{ what: file, why: message }] : []
    return failed.map(({ fullName, failureMessages }) => ({ what: `${file}: ${fullName}`, why: failureMessages.join('\n') }))
  })
}

/** What passed only when it was tried again (test/e2e/harness.ts). */
function secondTriesIn(result) {
  return result.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.flatMap(({ fullName, meta }) =>
      meta?.secondTryAfter === undefined ? [] : [{ what: `${relative(root, name)}: ${fullName}`, why: meta.secondTryAfter }],
    ),
  )
}

function report() {
  rmSync(reports, { recursive: true, force: true })
  tell('tried a second time', 'again')
  tell('failed', 'failures')
  console.log(
    `\n${'tier'.padEnd(14)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(9)}${'time'.padStart(10)}   (${root})`,
  )
  for (const row of rows) {
    console.log(
      `${row.name.padEnd(14)}${cell(row.passed, 8)}${cell(row.failed, 8)}${cell(row.skipped, 9)}${`${row.seconds.toFixed(1)} s`.padStart(10)}`,
    )
  }
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0)
  const why = long ? 'not possible here, as root for example' : 'the exhaustive rest is npm run test:long'
  if (sum('skipped') > 0) console.log(`\n${sum('skipped')} skipped: ${why}`)
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
  process.exitCode = sum('failed') > 0 || sum('passed') === 0 ? 1 : 0
}

function tell(what, kind) {
  for (const { what: test, why } of rows.flatMap((row) => row[kind] ?? [])) {
    console.log(`\n${what}: ${test}\n${why.split('\n').slice(0, 60).join('\n')}`)
  }
}

function cell(value, width) {
  return String(value).padStart(width)
}
