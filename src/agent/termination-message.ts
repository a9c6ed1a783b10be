import type { AgentResult } from '../model/agent/task.ts'

/** Kubernetes cuts a termination message off there, in the middle of the JSON. */
export const maxMessageBytes = 4096

/** A result as JSON that fits; of a failure the end of the text is given up. */
export function terminationMessage(result: AgentResult): string {
  const text = JSON.stringify(result)
  if (result.result !== 'Failed' || Buffer.byteLength(text) <= maxMessageBytes) return text
  return terminationMessage({ ...result, message: `${result.message.slice(0, Math.floor(result.message.length * 0.9) - 1)}…` })
}
