import { isIP } from 'node:net'

/** The DNS names and IP addresses of a subject alternative name, as Node writes it: `DNS:demo, IP Address:127.0.0.1`. */
export function namesIn(subjectAltName: string | undefined): readonly string[] {
  return [...(subjectAltName ?? '').matchAll(entry)].flatMap(([, kind, quoted, plain]) => {
    const name = quoted === undefined ? (plain ?? '') : unquoted(quoted)
    if (kind === 'DNS') return [name.toLowerCase()]
    return kind === 'IP Address' && isIP(name) !== 0 ? [shortIp(name)] : []
  })
}

/** An IP address in the form that people write: `0:0:0:0:0:0:0:1` as `::1`. */
export function shortIp(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address
}

/** Node quotes a name that holds a comma or a quote, as JSON does: such a name can't pretend to be two. */
const entry = /(?:^|, )([^:,]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))/g

function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : ''
  } catch {
    return ''
  }
}
