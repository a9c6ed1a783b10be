import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ProviderName } from '../cluster/cluster.ts'
import { openKubernetes } from './kubernetes.ts'
import { testLabel } from './label.ts'
import { prepare } from './prepare.ts'

/** `npm run test:e2e [-- NAME ...]`: sets everything up, then runs the scenarios whose file or title holds one of the names. */
const root = join(import.meta.dirname, '..', '..')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    provider: { type: 'string' },
    kubeconfig: { type: 'string' },
    image: { type: 'string' },
  },
})

await main().catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})

async function main(): Promise<void> {
  const info = await prepare({
    ...(values.provider === undefined ? {} : { provider: values.provider as ProviderName }),
    ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
    ...(values.image === undefined ? {} : { image: values.image }),
  })
  const k8s = openKubernetes(info)
  await k8s.kubectl(['delete', 'namespaces', '--selector', `${testLabel}=e2e`, '--wait=false'])
  await k8s.close()
  process.exitCode = await vitest(positionals.flatMap(filterOf))
}

/** A file where one is called so, else a part of the titles. */
function filterOf(name: string): readonly string[] {
  const isFile = readdirSync(import.meta.dirname).some((file) => file.endsWith('.test.ts') && file.includes(name))
  return isFile ? [`test/e2e/${name}`] : ['--testNamePattern', name]
}

function vitest(filters: readonly string[]): Promise<number> {
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'e2e', ...filters]
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...(values.long ? { TEST_LONG: '1' } : {}) }
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
