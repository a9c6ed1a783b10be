import { failureFromError, failureFromReply } from './failures.ts'
import { bodyOf } from './reply.ts'
import { actionOf, type Call, type Transport } from './transport.ts'

/** What the API server answers that is no object of a kind: logs, pages of pods, reviews. Paths are whole: `/api/v1/...`, with their query. */
export interface RawApi {
  /** The whole text. @throws Failure for every answer but success */
  text(path: string, signal: AbortSignal): Promise<string>
  /** Line by line as it arrives, without a deadline, until the server or `signal` ends it. @throws Failure */
  lines(path: string, signal: AbortSignal): AsyncIterable<string>
  /** Posts what is answered at once and never stored, such as a SubjectAccessReview. @throws Failure */
  post(path: string, body: object, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>>
}

export function rawApi(transport: Transport): RawApi {
  return {
    async text(path, signal) {
      const call = reading(path)
      const reply = await transport.send(call, signal)
      if (reply.status >= 300) throw failureFromReply(actionOf(call), reply)
      return reply.text
    },

    async *lines(path, signal) {
      const call = reading(path)
      const stream = await transport.stream(call, signal)
      if ('status' in stream) throw failureFromReply(actionOf(call), stream)
      const decoder = new TextDecoder()
      let rest = ''
      try {
        for await (const chunk of stream) {
          const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
          rest = lines.pop() ?? ''
          yield* lines
        }
      } catch (error) {
        if (signal.aborted) return
        throw failureFromError(actionOf(call), error)
      }
      if (rest !== '') yield rest
    },

    async post(path, body, signal) {
      const call: Call = { verb: 'create', resource: 'raw', method: 'POST', path, body }
      return bodyOf(actionOf(call), await transport.send(call, signal))
    },
  }
}

function reading(path: string): Call {
  return { verb: 'get', resource: 'raw', method: 'GET', path }
}
