import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Credentials } from '../../src/adapters/etcd/credentials.ts'
import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import type { MemberSettings } from '../../src/model/cluster/member-settings.ts'
import { peerScheme } from '../../src/model/names.ts'
import { type Authority, anAuthority, type Pair } from '../builders/authority.ts'
import type { MemberProcess } from './etcd-processes.ts'

/** The name that every server certificate holds. */
export const serverName = 'demo.ns.svc'

/** The CAs of a cluster, and what members and clients get of them. */
export interface ClusterKeys {
  readonly peerCa: Authority
  readonly clientCa: Authority
  /** Writes what the member loads: leaves of the first CA of each list, trust in all of the list. */
  write(member: MemberProcess, by?: { readonly peer?: readonly Authority[]; readonly client?: readonly Authority[] }): void
  /** Of a client with this name; of the operator by default. */
  credentials(cn?: string, by?: Authority): Credentials
}

export type FileName = `${'peer' | 'server' | 'client'}/${'tls.crt' | 'tls.key' | 'ca.crt'}` | 'peer/dial.crt' | 'peer/dial.key'

/** @param clientCa an intermediate, for example */
export function clusterKeys(clientCa: Authority = anAuthority('clients')): ClusterKeys {
  const peerCa = anAuthority('peers')
  return {
    peerCa,
    clientCa,
    write(member, { peer = [peerCa], client = [clientCa] } = {}) {
      // Members dial each other by IP here, and by their names in a cluster.
      const names = [`IP:${member.address}`]
      putPair(member, 'peer/tls', first(peer).issue({ usage: 'serverAuth', names }))
      putPair(member, 'peer/dial', first(peer).issue({ usage: 'clientAuth' }))
      putPair(member, 'server/tls', first(client).issue({ usage: 'serverAuth', names: [`DNS:${serverName}`, 'DNS:localhost', ...names] }))
      putPair(member, 'client/tls', first(client).issue({ usage: 'clientAuth' }))
      put(member, 'peer/ca.crt', bundle(peer))
      put(member, 'server/ca.crt', bundle(client))
      put(member, 'client/ca.crt', bundle(client))
    },
    credentials: (cn = 'root', by = clientCa) => ({ ca: clientCa.cert, serverName, own: by.issue({ cn }) }),
  }
}

/** Replaces one file of a member. */
export function put(member: MemberProcess, file: FileName, text: string): void {
  const path = join(member.tlsFolder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function putPair(member: MemberProcess, name: 'peer/tls' | 'peer/dial' | 'server/tls' | 'client/tls', { cert, key }: Pair): void {
  put(member, `${name}.crt`, cert)
  put(member, `${name}.key`, key)
}

export function bundle(authorities: readonly Authority[]): string {
  return authorities.map(({ cert }) => cert).join('')
}

function first(authorities: readonly Authority[]): Authority {
  const [one] = authorities
  if (one === undefined) throw new Error('no CA')
  return one
}

/** The settings of a member in this profile; its files must be there. */
export function inProfile(profile: TlsMode): Partial<MemberSettings> {
  return profile === 'Off' ? {} : { tls: { profile, clientCertificates: 'Required' } }
}

export function peerUrlOf({ address }: MemberProcess, profile: TlsMode): string {
  return `${peerScheme(profile)}://${address}:2380`
}
