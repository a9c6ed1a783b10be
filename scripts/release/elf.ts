import { closeSync, openSync, readSync } from 'node:fs'
import type { Architecture } from './base-lock.ts'

export interface Program {
  readonly machine: Architecture | 'other'
  /** Path of the loader that starts it; undefined for a static program. */
  readonly interpreter: string | undefined
}

/**
 * For which machine an ELF program is, from its header; it does not have to run here.
 * https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
 *
 * @throws Error for a file that is no 64-bit little-endian ELF file
 */
export function readProgram(file: string): Program {
  const header = readAt(file, 0, 64)
  if (header.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error(`${file} is no 64-bit ELF file`)
  const machine = machines.get(header.readUInt16LE(18)) ?? 'other'
  const [offset, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)]
  const table = readAt(file, offset, size * count)
  for (let at = 0; at < table.length; at += size) {
    if (table.readUInt32LE(at) !== interpreterSegment) continue
    const path = readAt(file, Number(table.readBigUInt64LE(at + 8)), Number(table.readBigUInt64LE(at + 32)))
    return { machine, interpreter: path.toString('latin1').replace(/\0.*$/, '') }
  }
  return { machine, interpreter: undefined }
}

const machines: ReadonlyMap<number, Architecture> = new Map([
  [0x3e, 'amd64'],
  [0xb7, 'arm64'],
])
const interpreterSegment = 3

function readAt(file: string, position: number, length: number): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(length)
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, position))
  } finally {
    closeSync(descriptor)
  }
}
