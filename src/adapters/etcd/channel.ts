import type { ChannelOptions } from '@grpc/grpc-js'

/**
 * The longest reply that is taken. A status and a list of twenty members have a few kB; what is in a pod is the user's image, and one that
 * answers with megabytes would take the time of all other clusters.
 */
const maxReplyBytes = 64 * 1024
/** A snapshot comes in parts of 32 KiB, larger ones from a member with other ideas; the agent reads one at a time. */
export const maxSnapshotPartBytes = 4 * 1024 * 1024

/** How a member is dialled. Channels of equal `serial` share their connection. */
export function channelOptions(serial: number, maxBytes = maxReplyBytes): ChannelOptions {
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
    'grpc.max_receive_message_length': maxBytes,
    // Members are dialled directly, whatever proxy the environment names for the world outside.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
  }
}
