import type { ChannelOptions } from '@grpc/grpc-js'

/** How a member is dialled. Channels of equal `serial` share their connection. */
export function channelOptions(serial: number): ChannelOptions {
  return {
    // grpc-js shares connections between clients of equal options, a hanging one too: the serial keeps a new one apart.
    'grpc.primary_user_agent': `etcd-operator/${serial}`,
    // A pod that has just begun to listen is seen at once. Calls in between fail without waiting.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 200,
    // Only while a call is open: etcd answers the third ping on an idle connection with GOAWAY, too_many_pings.
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 3_000,
    'grpc.keepalive_permit_without_calls': 0,
    'grpc.max_receive_message_length': 4 * 1024 * 1024,
    // Members are dialled directly, whatever proxy the environment names for the world outside.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
  }
}
