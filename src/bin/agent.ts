import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { credentialStore } from '../adapters/etcd/credentials.ts'
import { connectSource, type SnapshotSource } from '../adapters/etcd/snapshot-source.ts'
import { readTask } from '../agent/read-task.ts'
import { exitCodeOf, failure, run } from '../agent/run.ts'
import { terminationMessage } from '../agent/termination-message.ts'
import { disk } from '../agent/volume/disk.ts'
import { type AgentResult, type AgentTask, mount } from '../model/agent/task.ts'
import { taskText } from '../model/agent/task-variables.ts'
import { version } from '../version.ts'

const { env } = process

const help = `Usage: agent backup|delete|verify|prepare|publish

The program inside the Jobs that the operator makes: it takes, verifies, writes and removes backups.
The operator hands the whole task over in the environment variable AGENT_TASK, a large one in AGENT_TASK_0 and so on.

  --help, -h   prints this text
  --version    prints the version, which is the operator's`

/** The first process of a container ignores SIGTERM unless it has a handler. A backup that isn't stored soon stays a `.part`. */
const stopping = new AbortController()
const stopMs = 1_000
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stopping.abort()
    setTimeout(() => process.exit(143), stopMs).unref()
  })
}

const [word] = process.argv.slice(2)
if (word === '--help' || word === '-h') console.log(help)
else if (word === '--version') console.log(version)
else work().then(end)

/** `agent backup|delete|verify|prepare|publish`, with the task in the environment (see model/agent/task-variables.ts). */
async function work(): Promise<AgentResult> {
  try {
    const task = readTask(word, taskText(env))
    // Outside of a container the volumes are in other folders.
    const roots = {
      backups: env.AGENT_BACKUPS ?? mount.backups,
      data: env.AGENT_DATA ?? mount.data,
      source: env.AGENT_SOURCE ?? mount.source,
    }
    return await run(task, roots, {
      disk,
      connect: connectWith(task),
      now: () => new Date(),
      stopping: stopping.signal,
      log,
    })
  } catch (error) {
    return failure(error, 'reading the task')
  }
}

/** The credentials are files of the Job's own Secret. Without them a member that wants TLS is not dialled. */
function connectWith(task: AgentTask): (url: string) => SnapshotSource {
  const store = credentialStore()
  if (task.do === 'backup' && task.tls !== undefined) {
    const read = (name: string) => readFileSync(join(env.AGENT_CREDENTIALS ?? mount.credentials, name), 'utf8')
    store.put('agent', { ca: read('ca.crt'), serverName: task.tls.serverName, own: { cert: read('tls.crt'), key: read('tls.key') } })
  }
  return (url) => connectSource({ url, credentials: 'agent' }, store)
}

function end(result: AgentResult): void {
  log(result.result === 'Failed' ? 'failed' : 'done', result)
  writeFileSync(env.TERMINATION_LOG ?? '/dev/termination-log', terminationMessage(result))
  process.exit(exitCodeOf(result))
}

/** One line of JSON; the agent writes so few that it needs no logger. */
function log(message: string, fields: object): void {
  console.log(JSON.stringify({ level: 'info', time: new Date().toISOString(), ...fields, msg: message }))
}
