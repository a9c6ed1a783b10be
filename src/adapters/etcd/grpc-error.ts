/** gRPC's status codes (grpc.io/docs/guides/status-codes). */
export const status = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

/** How a call ended: a status code, and the message of the member, the library or the operator. */
export class GrpcError extends Error {
  readonly code: number
  readonly details: string

  constructor(code: number, details: string, options?: ErrorOptions) {
    super(`${nameOf(code)}: ${details}`, options)
    this.code = code
    this.details = details
  }
}

/** `UNAVAILABLE` for 14. */
export function nameOf(code: number): string {
  return Object.entries(status).find(([, known]) => known === code)?.[0] ?? `status ${code}`
}
