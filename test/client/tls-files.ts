import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Credentials } from '../../src/adapters/etcd/credentials.ts'

/**
 * What a client needs to speak TLS with the Service at this address, from a folder with a Secret's `ca.crt`, `tls.crt` and `tls.key`. Read
 * anew for each connection, because the kubelet renews the files in place.
 */
export function readTls(folder: string | undefined, address: string): (() => Credentials) | undefined {
  if (folder === undefined || folder === '') return undefined
  const text = (file: string) => readFileSync(join(folder, file), 'utf8')
  const serverName = address.slice(0, address.lastIndexOf(':'))
  return () => ({ ca: text('ca.crt'), serverName, own: { cert: text('tls.crt'), key: text('tls.key') } })
}
