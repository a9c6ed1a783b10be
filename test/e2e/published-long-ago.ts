import type { Stage } from './harness.ts'

/** As if what the CAs' successors are announced in had been there for two hours: clients are given one to take it up. */
export async function publishedLongAgo({ kubectl }: Pick<Stage, 'kubectl'>, cluster: string): Promise<void> {
  const past = new Date(Date.now() - 2 * 3600_000).toISOString()
  const mark = (name: string, secrets: readonly string[]) =>
    kubectl(['annotate', '--overwrite', 'secret', ...secrets.map((secret) => `${cluster}-${secret}`), `etcd-operator.dev/${name}=${past}`])
  await mark('bundle-since', ['peer-tls', 'server-tls', 'client'])
  await mark('ca-since', ['peer-ca', 'client-ca'])
}
