import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import type { BackupManifest } from '../../model/agent/task.ts'
import { messageOf } from '../../model/message-of.ts'
import { isRecord } from '../../model/record.ts'
import { Refusal } from '../refusal.ts'
import { errnoOf } from './volume-refusal.ts'

/** An EtcdCluster with its status is at most 1.5 MiB, which is what the API server's etcd stores. */
const maxBytes = 2 * 2 ** 20

export function renderManifest(manifest: BackupManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/**
 * Reads the manifest at this path; undefined when there is none.
 *
 * @throws Refusal `ManifestUnreadable`; errors of the volume as they are
 */
export function readManifest(path: string): BackupManifest | undefined {
  const text = readText(path)
  return text === undefined ? undefined : parseManifest(text)
}

/** @throws Refusal `ManifestUnreadable`, with the field */
export function parseManifest(text: string): BackupManifest {
  const value: unknown = parseJson(text)
  const wrong = deviation(value, form, '')
  if (wrong !== undefined || !isManifest(value)) throw unreadable(wrong ?? 'it has another form')
  return value
}

function readText(path: string): string | undefined {
  const fd = openExisting(path)
  if (fd === undefined) return undefined
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw unreadable('it is not a file')
    if (stats.size > maxBytes) throw unreadable(`it has ${stats.size} bytes; ${maxBytes} are the most`)
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

function openExisting(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    if (errnoOf(error) === 'ELOOP') throw unreadable('it is a symbolic link')
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unreadable(messageOf(error))
  }
}

/** The type of each required field; other fields are allowed. */
type Form = 'string' | 'number' | 'object' | 1 | { readonly [field: string]: Form }

const form = {
  format: 1,
  backup: { namespace: 'string', name: 'string', uid: 'string' },
  cluster: { name: 'string', uid: 'string', spec: 'object' },
  status: {
    location: 'string',
    clusterID: 'string',
    member: 'string',
    etcdVersion: 'string',
    revision: 'string',
    size: 'string',
    totalKeys: 'number',
    sha256: 'string',
    startTime: 'string',
    completionTime: 'string',
  },
  snapshot: {
    size: 'number',
    sha256: 'string',
    bodySha256: 'string',
    revision: 'string',
    lastEntry: 'string',
    totalKeys: 'number',
    liveKeys: 'number',
    storageVersion: 'string',
  },
} as const

function isManifest(value: unknown): value is BackupManifest {
  return deviation(value, form, '') === undefined
}

/** The first field that is missing or has the wrong type, in words for people. */
function deviation(value: unknown, wanted: Form, path: string): string | undefined {
  if (wanted === 1) return value === 1 ? undefined : `${path} is not 1`
  if (wanted === 'object') return isRecord(value) ? undefined : `${path} is not an object`
  if (typeof wanted === 'string') return typeof value === wanted ? undefined : `${path} is not a ${wanted}`
  if (!isRecord(value)) return `${path || 'it'} is not an object`
  const fields = new Map(Object.entries(value))
  return Object.entries(wanted)
    .map(([name, inner]) => deviation(fields.get(name), inner, path === '' ? name : `${path}.${name}`))
    .find((found) => found !== undefined)
}

function unreadable(what: string): Refusal {
  return new Refusal(
    'ManifestUnreadable',
    `the manifest beside the file can't be read: ${what}; remove it, or put back the one that belongs to the file`,
  )
}
