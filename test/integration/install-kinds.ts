import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { CUSTOM_RESOURCE_DEFINITION } from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import type { Kube } from '../../src/adapters/kube.ts'
import { until } from '../cluster/command.ts'

/** Creates the CRDs of these kinds, as strictly as kubectl does, and waits until the API server serves all of them. */
export async function installKinds(kube: Kube, kinds: readonly ResourceKind<KubeObject>[]): Promise<void> {
  const { signal } = new AbortController()
  for (const { plural } of kinds) {
    const definition = load(readFileSync(`crds/${plural}.yaml`, 'utf8')) as never // Ours: unit tests look at its form.
    // A schema with a key that isn't one is refused.
    await kube.create(CUSTOM_RESOURCE_DEFINITION, definition, signal, { strict: true })
  }
  await until('the kinds are served', 60_000, () => Promise.all(kinds.map((kind) => kube.list(kind, {}, signal))), 200)
}
