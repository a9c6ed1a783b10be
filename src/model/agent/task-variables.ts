import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { AgentTask } from './task.ts'

/**
 * A task as environment variables. Linux accepts no variable above 128 KiB (MAX_ARG_STRLEN in execve(2)), and the spec of an
 * EtcdCluster may be larger: then the task is deflated, and split over as many variables as it needs.
 */
export function taskVariables(task: AgentTask): readonly { readonly name: string; readonly value: string }[] {
  const text = JSON.stringify(task)
  // The kubelet expands `$(NAME)` in the values of variables: JSON can write the dollar sign in another way.
  if (Buffer.byteLength(text) <= maxBytes) return [{ name: wholeName, value: text.replaceAll('$', '\\u0024') }]
  const packed = deflateRawSync(text, { level: 9 }).toString('base64')
  const count = Math.ceil(packed.length / partBytes)
  return Array.from({ length: count }, (_, index) => ({
    name: partName(index),
    value: packed.slice(index * partBytes, (index + 1) * partBytes),
  }))
}

/** The text of a task; undefined when these variables hold none. */
export function taskText(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  if (variables[wholeName] !== undefined) return variables[wholeName]
  let packed = ''
  for (let index = 0; variables[partName(index)] !== undefined; index += 1) packed += variables[partName(index)]
  if (packed === '') return undefined
  return inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: maxTaskBytes }).toString('utf8')
}

/** The largest task that is written as plain JSON, which people can read in the Job; a dollar sign takes six bytes instead of one. */
const maxBytes = 16 * 1024
const partBytes = 64 * 1024
/** The largest task that is unpacked: no Kubernetes object is as large. */
const maxTaskBytes = 4 << 20

const wholeName = 'AGENT_TASK'

function partName(index: number): string {
  return `${wholeName}_${index}`
}
