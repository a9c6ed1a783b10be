import { Client, credentials, logVerbosity, setLogVerbosity } from '@grpc/grpc-js'
import { Etcd3 } from 'etcd3'
import { channelOptions } from './channel.ts'

/** The two clients of one endpoint. Equal options make grpc-js give both the same TCP connection. */
export interface Connection {
  readonly url: string
  readonly grpc: Client
  readonly etcd3: Etcd3
  close(): void
}

export interface Connections {
  /** The kept connection of this endpoint; opened by its first call. */
  to(url: string): Connection
  /** Closes this connection, so that the next call dials anew. Does nothing when that has happened already. */
  drop(connection: Connection): void
  /** Closes those to endpoints that aren't named. */
  keepOnly(urls: ReadonlySet<string>): void
}

/** One connection per endpoint URL, kept open between passes. */
export function openConnections(): Connections {
  setLogVerbosity(logVerbosity.NONE) // grpc-js writes plain lines to standard error, between ours; what matters comes as an error too.
  const open = new Map<string, Connection>()

  const close = (connection: Connection) => {
    open.delete(connection.url)
    connection.close()
  }
  return {
    to(url) {
      const kept = open.get(url)
      if (kept !== undefined) return kept
      const fresh = connect(url)
      open.set(url, fresh)
      return fresh
    },
    drop(connection) {
      if (open.get(connection.url) === connection) close(connection)
    },
    keepOnly(urls) {
      for (const connection of [...open.values()]) if (!urls.has(connection.url)) close(connection)
    },
  }
}

function connect(url: string): Connection {
  connected += 1
  const options = channelOptions(connected)
  let etcd3: Etcd3 | undefined
  return {
    url,
    grpc: new Client(new URL(url).host, credentials.createInsecure(), options),
    // Made for its first call: of the members of a cluster only one is asked for the list.
    get etcd3() {
      etcd3 ??= new Etcd3({
        hosts: url,
        grpcOptions: options,
        // etcd3's own policies would retry a failed call three times at once and then refuse calls for five seconds.
        faultHandling: { host: () => noPolicy, global: noPolicy },
      })
      return etcd3
    },
    close() {
      this.grpc.close()
      etcd3?.close()
    },
  }
}

/** Of all in this process: grpc-js keeps one pool of connections for everybody. */
let connected = 0

type Policy = NonNullable<NonNullable<NonNullable<ConstructorParameters<typeof Etcd3>[0]>['faultHandling']>['global']>
const neverAborted = new AbortController().signal
/** Runs the call once. Cast: etcd3 wants a cockatiel policy, of which it uses `execute` only; it must be async. */
const noPolicy = {
  execute: async (call: (context: { signal: AbortSignal }) => unknown) => call({ signal: neverAborted }),
} as unknown as Policy
