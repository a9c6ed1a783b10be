import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { isRecord } from '../record.ts'

/** The largest unpacked spec that is accepted: no Kubernetes object is larger. */
const maxBytes = 2 << 20

/** The spec of an EtcdCluster small enough for a termination message: JSON, deflated (raw), base64. */
export function packSpec(spec: unknown): string {
  return deflateRawSync(JSON.stringify(spec), { level: 9 }).toString('base64')
}

/** Undefined for text that `packSpec` can't have written. */
export function unpackSpec(packed: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const spec: unknown = JSON.parse(inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: maxBytes }).toString('utf8'))
    return isRecord(spec) ? spec : undefined
  } catch {
    return undefined
  }
}
