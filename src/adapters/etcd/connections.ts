import { endpointKey, type MemberEndpoint } from '../../model/names.ts'
import { type Connection, openConnection } from './connection.ts'
import type { CredentialStore } from './credentials.ts'

export interface Connections {
  /** The kept connection of this endpoint; opened by its first call. */
  to(endpoint: MemberEndpoint): Connection
  /** Closes this connection, so that the next call dials anew. Does nothing when that has happened already. */
  drop(connection: Connection): void
  /** Closes the connections to all endpoints but these. */
  keepOnly(keys: ReadonlySet<string>): void
}

/** One connection per endpoint, kept open between passes. */
export function openConnections(store: CredentialStore): Connections {
  const open = new Map<string, Connection>()

  const close = (connection: Connection) => {
    open.delete(connection.key)
    connection.close()
  }
  return {
    to(endpoint) {
      const key = endpointKey(endpoint)
      const kept = open.get(key)
      if (kept !== undefined) return kept
      const fresh = openConnection(endpoint, store)
      open.set(key, fresh)
      return fresh
    },
    drop(connection) {
      if (open.get(connection.key) === connection) close(connection)
    },
    keepOnly(keys) {
      for (const connection of [...open.values()]) if (!keys.has(connection.key)) close(connection)
    },
  }
}
