import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump, loadAll } from 'js-yaml'
import { binaryPath } from './binaries.ts'
import { ensureBinaries } from './builds.ts'
import { run } from './command.ts'
import { timedProgress } from './progress.ts'

export const chart = join(import.meta.dirname, '..', '..', 'deploy', 'chart')

/** Values of the chart, as a person writes them into a file. */
export type Values = Readonly<Record<string, unknown>>

/** Helm itself, with settings and caches of its own. */
export interface Helm {
  /** Throws with what helm says. */
  run(args: readonly string[], values?: Values): Promise<string>
  /** The objects that the chart makes of the values. */
  template(values?: Values, release?: Release): Promise<readonly Rendered[]>
  cleanUp(): void
}

export interface Release {
  readonly name: string
  readonly namespace: string
}

export const usual: Release = { name: 'etcd-operator', namespace: 'etcd-operator-system' }

/** A Kubernetes object of the chart. Fields are read where a test needs them. */
export interface Rendered {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** Builds it where the cache has none: a minute of one core where Kubernetes was built before. */
export async function openHelm(kubeconfig?: string): Promise<Helm> {
  await ensureBinaries(['helm'], { progress: timedProgress() })
  const home = mkdtempSync(join(tmpdir(), 'helm-'))
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home, KUBECONFIG: kubeconfig ?? '/dev/null' }
  const rendered = new Map<string, Promise<readonly Rendered[]>>()
  let files = 0
  function helm(args: readonly string[], values?: Values): Promise<string> {
    if (values === undefined) return run(binaryPath('helm'), args, { env })
    files += 1
    const file = join(home, `values-${files}.yaml`)
    writeFileSync(file, dump(values))
    return run(binaryPath('helm'), [...args, '--values', file], { env })
  }
  return {
    run: helm,
    template(values = {}, { name, namespace } = usual) {
      const key = JSON.stringify([values, name, namespace])
      const made = rendered.get(key) ?? helm(['template', name, chart, '--namespace', namespace], values).then(objectsIn)
      rendered.set(key, made)
      return made
    },
    cleanUp: () => rmSync(home, { recursive: true, force: true }),
  }
}

function objectsIn(text: string): readonly Rendered[] {
  return loadAll(text).filter((one) => one !== null && one !== undefined) as Rendered[]
}
