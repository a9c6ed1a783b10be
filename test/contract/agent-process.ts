import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll } from 'vitest'
import type { AgentResult, AgentTask } from '../../src/model/agent/task.ts'

export interface AgentRun {
  /** Undefined where it was killed before it could say anything. */
  readonly result: AgentResult | undefined
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly log: string
}

interface AgentProcess {
  signal(name: 'SIGKILL' | 'SIGTERM'): void
  /** Resolves when it has logged this message. */
  said(message: string): Promise<void>
  ended(): Promise<AgentRun>
}

interface Roots {
  readonly backups?: string
  readonly data?: string
  readonly source?: string
  readonly credentials?: string
}

const folder = mkdtempSync(join(tmpdir(), 'agent-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let started = 0

/** The agent as a Job runs it, with its volumes in these folders. */
export function startAgent(task: AgentTask, roots: Roots): AgentProcess {
  started += 1
  const terminationLog = join(folder, `termination-log-${started}`)
  const child = spawn(process.execPath, [bundle(), task.do], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      AGENT_TASK: JSON.stringify(task),
      AGENT_BACKUPS: roots.backups,
      AGENT_DATA: roots.data,
      AGENT_SOURCE: roots.source,
      AGENT_CREDENTIALS: roots.credentials,
      TERMINATION_LOG: terminationLog,
    },
  })
  let log = ''
  const waiting: (() => void)[] = []
  for (const output of [child.stdout, child.stderr])
    output.on('data', (chunk) => {
      log += chunk
      for (const look of waiting) look()
    })
  const ended = new Promise<AgentRun>((resolve) =>
    child.on('close', (exitCode, signal) => resolve({ result: read(terminationLog), exitCode, signal, log })),
  )
  return {
    signal: (name) => void child.kill(name),
    said: (message) =>
      new Promise((resolve) => {
        const look = () => log.includes(`"msg":"${message}"`) && resolve()
        waiting.push(look)
        look()
      }),
    ended: () => ended,
  }
}

export async function runAgent(task: AgentTask, roots: Roots): Promise<AgentRun> {
  return startAgent(task, roots).ended()
}

/** Bundled as for the image, which starts several times as fast as the sources do. */
function bundle(): string {
  const outfile = join(folder, 'agent.cjs')
  if (!existsSync(outfile))
    buildSync({
      entryPoints: [join(import.meta.dirname, '../../src/bin/agent.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      logLevel: 'warning',
    })
  return outfile
}

function read(path: string): AgentResult | undefined {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}
