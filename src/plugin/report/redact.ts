import { isRecord } from '../../model/record.ts'

export const redacted = '[redacted]'

/** Annotations that are ours or Kubernetes'; people and their tools may keep anything in others. */
const knownAnnotation =
  /^([a-z.]*etcd-operator\.dev|kubectl\.kubernetes\.io\/(restartedAt|default-container)|(pv|volume|volume\.beta|deployment|autoscaling)\.kubernetes\.io)/
/** Variables that the operator sets in members' pods. */
const knownVariable = /^(POD_NAME|ETCDCTL_(ENDPOINTS|CACERT|CERT|KEY)|ETCD_OPERATOR_(?!.*(PASSWORD|TOKEN|SECRET))\w+)$/

/**
 * An object without what may be secret: values of foreign annotations and variables, and of every field whose name says so. Names of
 * Secrets stay: they tell which one is meant, and nothing of what it holds.
 */
export function redactObject(value: unknown, path: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((one) => redactObject(one, path))
  if (!isRecord(value)) return typeof value === 'string' ? redactText(value) : value
  const isVariable = path.at(-1) === 'env' && typeof value.name === 'string'
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'managedFields')
      .map(([key, inner]) => {
        const isForeign = path.at(-1) === 'annotations' && !knownAnnotation.test(key)
        const isHidden = (isVariable && key === 'value' && !knownVariable.test(String(value.name))) || isSecretName(key, inner)
        return [key, isForeign || isHidden ? redacted : redactObject(inner, [...path, key])]
      }),
  )
}

/** `passwordVersion` and `secretName` tell nothing; objects that only are called so are looked into. */
function isSecretName(key: string, value: unknown): boolean {
  return typeof value === 'string' && /(password|passphrase|token|credentials?|privatekey|secret|apikey|accesskey)$/i.test(key)
}

/** Text without private keys, and without what follows words such as `password=`; for logs, which anybody may have written. */
export function redactText(text: string): string {
  return text
    .replace(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, redacted)
    .replace(/\b(authorization\\?"?\s*[:=]\s*\\?"?)[^\r\n"\\]+/gi, `$1${redacted}`)
    .replace(/\b(bearer\s+)[\w.~+/=-]{8,}/gi, `$1${redacted}`)
    .replace(
      /((?:password|passwd|passphrase|token|secret|api[-_]?key|access[-_]?key)\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,;{}[\]]+/gi,
      `$1${redacted}`,
    )
    .replace(/(--(?:password|user)[ =])\S+/g, `$1${redacted}`)
    .replace(/(\/\/[^/\s:@"]+:)[^/\s@"]+@/g, `$1${redacted}@`)
    .replace(/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, redacted)
}
