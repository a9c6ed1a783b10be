import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import type { Credentials } from '../../src/adapters/etcd/credentials.ts'
import { type Authority, anAuthority, type Pair } from '../builders/authority.ts'
import type { EditFile, MemberProcess } from './etcd-processes.ts'

/** What a member listens with: `Off` in the clear; `Optional` clients both ways, peers in the clear; `Required` TLS alone. */
export type Profile = 'Off' | 'Optional' | 'Required'

/** The name that every server certificate holds. */
export const serverName = 'demo.ns.svc'

/** The CAs of a cluster and the files of its members, each member's in a folder of its own. */
export interface ClusterKeys {
  readonly peerCa: Authority
  readonly clientCa: Authority
  /** Writes what the member loads: leaves of the first CA of each list, trust in all of the list. */
  write(member: MemberProcess, by?: { readonly peer?: readonly Authority[]; readonly client?: readonly Authority[] }): void
  /** Replaces one file. */
  put(member: MemberProcess, file: FileName, text: string): void
  /** The member's file in this profile; its files must be there. */
  edit(member: MemberProcess, profile: Profile): EditFile
  /** Of a client with this name; of the operator by default. */
  credentials(cn?: string, by?: Authority): Credentials
}

export type FileName = 'peer.crt' | 'peer.key' | 'dial.crt' | 'dial.key' | 'peer-ca.crt' | 'server.crt' | 'server.key' | 'client-ca.crt'

export function clusterKeys(onTestFinished: TestContext['onTestFinished']): ClusterKeys {
  const root = mkdtempSync(join(tmpdir(), 'keys-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const [peerCa, clientCa] = [anAuthority('peers'), anAuthority('clients')]
  const put = (member: MemberProcess, file: FileName, text: string) => writeFileSync(join(root, member.name, file), text)
  const putPair = (member: MemberProcess, file: 'peer' | 'dial' | 'server', { cert, key }: Pair) => {
    put(member, `${file}.crt`, cert)
    put(member, `${file}.key`, key)
  }
  return {
    peerCa,
    clientCa,
    write(member, { peer = [peerCa], client = [clientCa] } = {}) {
      mkdirSync(join(root, member.name), { recursive: true })
      // Members dial each other by IP here, and by their names in a cluster.
      const names = [`IP:${member.address}`]
      putPair(member, 'peer', first(peer).issue({ usage: 'serverAuth', names }))
      putPair(member, 'dial', first(peer).issue({ usage: 'clientAuth' }))
      putPair(member, 'server', first(client).issue({ usage: 'serverAuth', names: [`DNS:${serverName}`, 'DNS:localhost', ...names] }))
      put(member, 'peer-ca.crt', bundle(peer))
      put(member, 'client-ca.crt', bundle(client))
    },
    put,
    edit: (member, profile) => (keys) => ({ ...keys, ...profileKeys(profile, member.address, join(root, member.name)) }),
    credentials: (cn = 'root', by = clientCa) => ({ ca: clientCa.cert, serverName, own: by.issue({ cn }) }),
  }
}

export function bundle(authorities: readonly Authority[]): string {
  return authorities.map(({ cert }) => cert).join('')
}

function first(authorities: readonly Authority[]): Authority {
  const [one] = authorities
  if (one === undefined) throw new Error('no CA')
  return one
}

export function peerUrlOf({ address }: MemberProcess, profile: Profile): string {
  return `${profile === 'Required' ? 'https' : 'http'}://${address}:2380`
}

function profileKeys(profile: Profile, address: string, folder: string): Readonly<Record<string, unknown>> {
  const [plain, encrypted] = [`http://${address}:2379`, `https://${address}:2379`]
  const peer = `${profile === 'Required' ? 'https' : 'http'}://${address}:2380`
  const listen = { Off: plain, Optional: `${plain},${encrypted}`, Required: encrypted }[profile]
  const urls = {
    'listen-client-urls': listen,
    'advertise-client-urls': profile === 'Off' ? plain : encrypted,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
  }
  if (profile === 'Off') return urls
  const file = (name: FileName) => join(folder, name)
  return {
    ...urls,
    'client-transport-security': {
      'cert-file': file('server.crt'),
      'key-file': file('server.key'),
      // The JSON gateway dials its own member.
      'client-cert-file': file('dial.crt'),
      'client-key-file': file('dial.key'),
      'trusted-ca-file': file('client-ca.crt'),
      'client-cert-auth': true,
    },
    'peer-transport-security': {
      'cert-file': file('peer.crt'),
      'key-file': file('peer.key'),
      'client-cert-file': file('dial.crt'),
      'client-key-file': file('dial.key'),
      'trusted-ca-file': file('peer-ca.crt'),
      'client-cert-auth': true,
    },
  }
}
