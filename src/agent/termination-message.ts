import type { AgentResult } from '../model/agent/task.ts'

/** Kubernetes cuts a longer termination message off, in the middle of the JSON. */
export const maxMessageBytes = 4096

/** The result as JSON that fits; the text of a failure is shortened at its end. */
export function terminationMessage(result: AgentResult): string {
  const text = JSON.stringify(result)
  if (result.result !== 'Failed' || Buffer.byteLength(text) <= maxMessageBytes) return text
  return terminationMessage({ ...result, message: `${result.message.slice(0, Math.floor(result.message.length * 0.9) - 1)}…` })
}
