import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { operatorNamespace } from './install.ts'
import type { Kubernetes } from './kubernetes.ts'

/** One request as the API server logged it. */
export interface AuditedRequest {
  readonly verb: string
  readonly resource: string
  readonly subresource: string
  readonly group: string
  readonly namespace: string
  readonly name: string
  readonly code: number
  readonly user: string
  readonly uri: string
  readonly at: string
}

/** From now on until it is asked: what this user requested. */
export interface AuditWindow {
  requests(): readonly AuditedRequest[]
}

export const operatorUser = `system:serviceaccount:${operatorNamespace}:etcd-operator`

const reading = new Set(['get', 'list', 'watch'])

export function isWrite({ verb }: AuditedRequest): boolean {
  return !reading.has(verb)
}

/** Only the local cluster has an audit log that can be read here. */
export function hasAuditLog(k8s: Kubernetes): boolean {
  return k8s.info.auditLog !== undefined
}

/** Opens a window on the audit log at its end, or at its start with `fromStart`: that of the first file the server has kept. */
export function openAudit(k8s: Kubernetes, user = operatorUser, options: { readonly fromStart?: boolean } = {}): AuditWindow {
  const file = k8s.info.auditLog
  if (file === undefined) throw new Error('this cluster has no audit log')
  const from = options.fromStart ? 0 : statSync(file).size
  return {
    requests: () =>
      [...(options.fromStart ? earlierFiles(file) : []), readFrom(file, from)].flatMap((text) =>
        text
          .split('\n')
          .filter((line) => line.includes(`"username":"${user}"`))
          .flatMap(parse),
      ),
  }
}

/** `audit-<time>.log`: what the server wrote before it began its present file. */
function earlierFiles(file: string): readonly string[] {
  const names = readdirSync(dirname(file)).filter((name) => /^audit-.*\.log$/.test(name))
  return names.toSorted().map((name) => readFileSync(join(dirname(file), name), 'utf8'))
}

function readFrom(file: string, from: number): string {
  const size = statSync(file).size
  // A shorter file is a new one: the server began another after 200 MB.
  const start = size < from ? 0 : from
  const buffer = Buffer.alloc(size - start)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, buffer, 0, buffer.length, start)
  } finally {
    closeSync(descriptor)
  }
  return buffer.toString()
}

/** The last line may be half written. */
function parse(line: string): AuditedRequest[] {
  try {
    const { verb, user, objectRef = {}, responseStatus = {}, requestURI, requestReceivedTimestamp } = JSON.parse(line)
    return [
      {
        verb,
        user: user.username,
        resource: objectRef.resource ?? '',
        subresource: objectRef.subresource ?? '',
        group: objectRef.apiGroup ?? '',
        namespace: objectRef.namespace ?? '',
        name: objectRef.name ?? '',
        code: responseStatus.code ?? 0,
        uri: requestURI,
        at: requestReceivedTimestamp,
      },
    ]
  } catch {
    return []
  }
}
