import { unknown } from '../known.ts'
import type { TlsFacts } from './facts.ts'

/** The facts of certificates that nobody has read. */
export function tlsUnread(why: string): TlsFacts {
  const unread = unknown(why)
  return {
    ...{ peerCa: unread, clientCa: unread, peerTls: unread, serverTls: unread, client: unread },
    sources: { from: 'operator' },
    users: [],
    members: new Map(),
  }
}
