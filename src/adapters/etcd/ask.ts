import type { MemberEndpoint } from '../../model/names.ts'
import type { CallOptions } from './call-options.ts'
import type { Connection } from './connection.ts'
import type { Limits } from './limits.ts'

/** Runs one call and translates its failure; `deadlineMs` is the default deadline. */
export type Ask = <T>(
  what: string,
  endpoint: MemberEndpoint,
  options: CallOptions | undefined,
  deadlineMs: number,
  call: (connection: Connection, limits: Limits) => Promise<T>,
) => Promise<T>
