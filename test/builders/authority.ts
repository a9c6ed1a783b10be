import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and its key, as PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

export interface LeafWishes {
  /** Common name; empty by default. */
  readonly cn?: string
  readonly usage?: 'serverAuth' | 'clientAuth' | 'serverAuth,clientAuth'
  /** `DNS:demo.ns.svc`, `IP:127.0.0.1`. */
  readonly names?: readonly string[]
  /** Negative: it has expired. */
  readonly days?: number
}

/** A CA made by openssl: another hand than the one that makes the operator's certificates. */
export interface Authority extends Pair {
  issue(wishes: LeafWishes): Pair
}

/** @param by the CA that has issued this one, an intermediate; absent: a root */
export function anAuthority(name: string, by?: Pair): Authority {
  const key = aKey()
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash']
  const cert = sign({ cn: name, key, extensions, days: 3650, ...(by === undefined ? {} : { by }) })
  return {
    key,
    cert,
    issue({ cn = '', usage = 'clientAuth', names = [], days = 30 }) {
      const leafKey = aKey()
      const alternatives = names.length > 0 ? [`subjectAltName=${cn === '' ? 'critical,' : ''}${names.join(',')}`] : []
      const own = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', `extendedKeyUsage=${usage}`, ...alternatives]
      return { key: leafKey, cert: sign({ cn, key: leafKey, extensions: own, days, by: { cert, key } }) }
    },
  }
}

function aKey(): string {
  return String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }))
}

interface Order {
  readonly cn: string
  readonly key: string
  readonly extensions: readonly string[]
  readonly days: number
  readonly by?: Pair
}

function sign({ cn, key, extensions, days, by }: Order): string {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const openssl = (args: readonly string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    const keyFile = file('key', key)
    const request = join(folder, 'request')
    openssl(['req', '-new', '-config', '/dev/null', '-key', keyFile, '-subj', cn === '' ? '/' : `/CN=${cn}`, '-out', request])
    const signer = by === undefined ? ['-signkey', keyFile] : ['-CA', file('ca', by.cert), '-CAkey', file('ca-key', by.key)]
    const serial = ['-set_serial', `0x${randomBytes(8).toString('hex')}`]
    const more = ['-days', String(days), '-extfile', file('extensions', extensions.join('\n'))]
    openssl(['x509', '-req', '-in', request, '-out', join(folder, 'cert'), ...signer, ...serial, ...more])
    return readFileSync(join(folder, 'cert'), 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
