import { Failure } from '../failure.ts'
import { failureFromError, failureFromReply } from './failures.ts'

/** What a watch says. A bookmark only moves the resourceVersion; `expired` means that the watch can't go on: list again. */
export type WatchEvent<T> =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: T }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  | { readonly type: 'expired' }

const longestLine = 32 * 1024 * 1024

/**
 * Reads the JSON lines of a watch. Ends when the server ends it.
 *
 * @throws Failure when the connection breaks, the server reports an error, or a line is not an event
 */
export async function* readWatch<T>(
  action: string,
  body: AsyncIterable<Uint8Array>,
  accept: (object: unknown) => T,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of linesOf(action, body)) {
    const event = eventOf(action, line, accept)
    yield event
    if (event.type === 'expired') return
  }
}

async function* linesOf(action: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines.filter((line) => line.trim() !== '')
      if (rest.length > longestLine) throw new Failure('bug', `${action}: a watch event of more than ${longestLine} characters`)
    }
  } catch (error) {
    throw failureFromError(action, error)
  }
  // The last line has no end: the connection broke inside an event, which the next watch delivers again.
  if (rest.trim() !== '') throw new Failure('unavailable', `${action}: the watch broke off inside an event`)
}

function eventOf<T>(action: string, line: string, accept: (object: unknown) => T): WatchEvent<T> {
  const { type, object } = parse(action, line)
  switch (type) {
    case 'ADDED':
      return { type: 'added', object: accept(object) }
    case 'MODIFIED':
      return { type: 'modified', object: accept(object) }
    case 'DELETED':
      return { type: 'deleted', object: accept(object) }
    case 'BOOKMARK':
      return { type: 'bookmark', resourceVersion: resourceVersionOf(action, object) }
    case 'ERROR': {
      const status =
        typeof object === 'object' && object !== null && 'code' in object && typeof object.code === 'number' ? object.code : 500
      if (status === 410) return { type: 'expired' }
      throw failureFromReply(action, { status, retryAfter: undefined, text: JSON.stringify(object) })
    }
    default:
      throw new Failure('bug', `${action}: unknown watch event ${String(type)}`)
  }
}

function parse(action: string, line: string): { type: unknown; object: unknown } {
  try {
    const event: unknown = JSON.parse(line)
    if (typeof event === 'object' && event !== null && 'type' in event && 'object' in event) return event
  } catch (error) {
    throw new Failure('bug', `${action}: the watch event is not valid JSON: ${line.slice(0, 80)}`, { cause: error })
  }
  throw new Failure('bug', `${action}: the line is not a watch event: ${line.slice(0, 80)}`)
}

function resourceVersionOf(action: string, object: unknown): string {
  if (typeof object === 'object' && object !== null && 'metadata' in object) {
    const { metadata } = object
    if (typeof metadata === 'object' && metadata !== null && 'resourceVersion' in metadata) return String(metadata.resourceVersion)
  }
  throw new Failure('bug', `${action}: a bookmark without a resourceVersion`)
}
