import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { RequirementMissing } from '../command.ts'

/** A port of the machine that the cluster listens on. */
export type NeededPort = Readonly<{ address: string; port: number; who: string }>

/** @throws RequirementMissing that names the port, who needs it and, where that can be seen, who has it */
export function refuseTakenPorts(needed: readonly NeededPort[]): void {
  const listeners = ['tcp', 'tcp6'].flatMap((table) =>
    existsSync(`/proc/net/${table}`) ? listenersIn(readFileSync(`/proc/net/${table}`, 'utf8')) : [],
  )
  for (const { address, port, who } of needed) {
    const taken = listeners.find((listener) => listener.port === port && [address, 'any'].includes(listener.address))
    if (taken === undefined) continue
    const holder = holderOf(taken.inode)
    throw new RequirementMissing(
      `Port ${port}, on which ${who} of the test cluster listens, is taken by ${holder ?? 'a process that can not be seen from here'}: end that process, then run the same command again.`,
    )
  }
}

/** `any`: all addresses of the machine. IPv6 addresses other than that are of no interest here. */
export type Listener = Readonly<{ address: string; port: number; inode: string }>

const listening = '0A'

/** The listening sockets of /proc/net/tcp or tcp6. */
export function listenersIn(table: string): readonly Listener[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    return state === listening ? [{ address: addressOf(address), port: Number.parseInt(port, 16), inode }] : []
  })
}

/** The kernel prints the bytes of an IPv4 address in the order of the machine, which is little-endian wherever this runs. */
function addressOf(hex: string): string {
  if (/^0+$/.test(hex)) return 'any'
  if (hex.length !== 8) return hex
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.')
}

/** `process 4711 (k3s server)`; undefined where no process shows that socket. */
function holderOf(inode: string): string | undefined {
  const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && hasSocket(entry, inode))
  return pid === undefined ? undefined : `process ${pid} (${commandOf(pid)})`
}

function hasSocket(pid: string, inode: string): boolean {
  try {
    const folder = join('/proc', pid, 'fd')
    return readdirSync(folder).some((fd) => linkOf(join(folder, fd)) === `socket:[${inode}]`)
  } catch {
    return false // It ended, or belongs to somebody else.
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function commandOf(pid: string): string {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
    return line.length <= 80 ? line : `${line.slice(0, 79)}…`
  } catch {
    return 'ended'
  }
}
