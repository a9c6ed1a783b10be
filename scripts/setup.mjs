// Runs before any dependency is installed, on any Node from 20 on: `node:` imports only.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** The development Node (see devDependency `node`): the same for everybody, whatever the machine has. */
export const node = join(root, 'node_modules', '.bin', 'node')

// Every program that is started from here counts its seconds from now on: test/cluster/progress.ts.
process.env.ETCD_OPERATOR_DEV_STARTED ??= String(Date.now())

/** Installs the locked dependencies, unless exactly these are there already. */
export async function ensureInstalled() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.installed-lock')
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('installing dependencies (npm ci)')
  const modules = fetchModules()
  // The engine warnings are about the Node that runs npm; everything after it runs on the Node that npm installs here.
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code !== 0) {
    modules?.kill()
    console.error(`error: npm ci failed with exit code ${code}
  cause:      npm's own words above
  what to do: mend that (a registry that can't be reached, for example), then run the same command again`)
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
  say('dependencies installed')
}

/**
 * The Go modules of the test cluster's Kubernetes come over the network as the npm packages do: both at the same time. Whatever fails here is
 * tried again, and told, by the build. Where they are there already, or where nobody needs them, this ends within seconds.
 */
function fetchModules() {
  if (isElsewhere()) return undefined
  const cwd = join(root, 'test', 'cluster', 'local', 'go')
  const path = `${process.env.PATH ?? ''}:/usr/local/go/bin`
  const child = spawn('go', ['list', '-deps', 'tool'], {
    cwd,
    stdio: 'ignore',
    env: { ...process.env, PATH: path, GOFLAGS: '', GOWORK: 'off' },
  })
  child.on('error', () => {})
  child.unref()
  return child
}

/** The cluster is somebody else's or kind's, and nothing is built for it. */
function isElsewhere() {
  const isNamed = process.argv.some((arg) => arg.startsWith('--kubeconfig') || arg.startsWith('--provider'))
  return isNamed || (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'kind')))
}

function say(line) {
  const seconds = ((Date.now() - Number(process.env.ETCD_OPERATOR_DEV_STARTED)) / 1000).toFixed(1)
  process.stderr.write(`[${seconds.padStart(6)} s] ${line}\n`)
}

/** Runs a command in the project's root with the development Node first on PATH; gives its exit code. */
export function run(command, args, env = {}) {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, PATH: path, ...env } })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)))
  })
}
