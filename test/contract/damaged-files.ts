import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../cluster/command.ts'

/** Damages a stopped member's files in place. */

/** Sparse, because etcd makes each file of its log 64 MB long. */
export async function copyData(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true })
  mkdirSync(dirname(to), { recursive: true })
  await run('cp', ['--archive', '--sparse=always', from, to])
}

/** Files of a folder, in the order of their names. */
export function filesOf(folder: string, ending: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending))
  return names.toSorted().map((name) => join(folder, name))
}

export function remove(...paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { recursive: true })
}

export function truncate(path: string, bytes: number): void {
  truncateSync(path, bytes)
}

/** From `start` on; `bytes` undefined: up to the end. */
export function zero(path: string, start: number, bytes?: number): void {
  const length = bytes ?? statSync(path).size - start
  write(path, start, Buffer.alloc(length))
}

export function flipBit(path: string, position: number): void {
  const [byte = 0] = readFileSync(path).subarray(position)
  write(path, position, Buffer.from([byte ^ 1]))
}

/** Every occurrence. */
export function replaceText(path: string, text: string, by: string): void {
  const content = readFileSync(path)
  for (let at = positionOf(path, text); at >= 0; at = content.indexOf(text, at + 1)) write(path, at, Buffer.from(by))
}

/** Of the first occurrence. */
export function positionOf(path: string, text: string): number {
  const at = readFileSync(path).indexOf(text)
  if (at < 0) throw new Error(`${text} is not in ${path}`)
  return at
}

/** Where the records of a file of the write-ahead log begin: each has a length of 7 bytes and some bits for its padding. */
export function recordsOf(path: string): readonly number[] {
  const content = readFileSync(path)
  const starts: number[] = []
  for (let at = 0; at + 8 <= content.length; ) {
    const length = content.readUIntLE(at, 6)
    if (length === 0) break
    const flags = content[at + 7] ?? 0
    starts.push(at)
    at += 8 + length + (flags & 0x80 ? flags & 0x7 : 0)
  }
  return starts
}

function write(path: string, position: number, bytes: Buffer): void {
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, bytes.length, position)
  closeSync(file)
}
