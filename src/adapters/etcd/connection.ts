import { Client, credentials, logVerbosity, setLogVerbosity } from '@grpc/grpc-js'
import { Etcd3 } from 'etcd3'
import { endpointKey, type MemberEndpoint } from '../../model/names.ts'
import { channelOptions } from './channel.ts'

/** The two clients of one endpoint. Equal options make grpc-js give both the same TCP connection. */
export interface Connection {
  /** As `endpointKey` names the endpoint. */
  readonly key: string
  readonly grpc: Client
  readonly etcd3: Etcd3
  close(): void
}

export interface Connections {
  /** The kept connection of this endpoint; opened by its first call. */
  to(endpoint: MemberEndpoint): Connection
  /** Closes this connection, so that the next call dials anew. Does nothing when that has happened already. */
  drop(connection: Connection): void
  /** Closes those to endpoints that aren't named. */
  keepOnly(keys: ReadonlySet<string>): void
}

/** One connection per endpoint, kept open between passes. */
export function openConnections(): Connections {
  setLogVerbosity(logVerbosity.NONE) // grpc-js writes plain lines to standard error, between ours; what matters comes as an error too.
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
      const fresh = connect(key, endpoint)
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

function connect(key: string, { url }: MemberEndpoint): Connection {
  connected += 1
  const options = channelOptions(connected)
  let etcd3: Etcd3 | undefined
  return {
    key,
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
