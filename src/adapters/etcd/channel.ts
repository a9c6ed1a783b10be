import type { ChannelOptions } from '@grpc/grpc-js'
import type { Credentials } from './credentials.ts'

/** How grpc-js dials a member, for a snapshot. */
export const channelOptions: ChannelOptions = {
  'grpc.primary_user_agent': 'etcd-operator',
  // Only while a call is open: etcd answers the third ping on an idle connection with GOAWAY, too_many_pings.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 0,
  // etcd sends a snapshot in parts of 32 KiB. A larger part from another server is accepted too: the agent reads one at a time.
  'grpc.max_receive_message_length': 4 * 1024 * 1024,
  // Members are dialled directly, even if the environment names a proxy for addresses outside of the cluster.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
}

/** Makes grpc-js expect this name in the server's certificate, and not the address that it dials. */
export function targetName(credentials: Credentials | undefined): ChannelOptions {
  return credentials === undefined ? {} : { 'grpc.ssl_target_name_override': credentials.serverName }
}
