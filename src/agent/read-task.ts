import type { AgentTask } from '../model/agent/task.ts'
import { messageOf } from '../model/message-of.ts'
import { Refusal } from './refusal.ts'

/**
 * Reads the task, which the Job gives twice: as a word on the command line, for people, and complete in the environment.
 *
 * @throws Refusal `AgentFailed`
 */
export function readTask(word: string | undefined, json: string | undefined): AgentTask {
  if (json === undefined) throw new Refusal('AgentFailed', 'the environment variable AGENT_TASK is missing')
  const task: unknown = parse(json)
  if (!isTask(task))
    throw new Refusal('AgentFailed', 'AGENT_TASK does not name a task: `do` must be backup, delete, verify, prepare or publish')
  if (task.do !== word) throw new Refusal('AgentFailed', `the command line says ${word ?? 'nothing'}, AGENT_TASK says ${task.do}`)
  return task
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new Refusal('AgentFailed', `AGENT_TASK is not valid JSON: ${messageOf(error)}`, { cause: error })
  }
}

/** Checks only the name of the task: an operator of the same version has written the task from the same types. */
function isTask(value: unknown): value is AgentTask {
  return typeof value === 'object' && value !== null && 'do' in value && typeof value.do === 'string' && tasks.includes(value.do)
}

const tasks: readonly string[] = ['backup', 'delete', 'verify', 'prepare', 'publish'] satisfies readonly AgentTask['do'][]
