import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../cluster/command.ts'
import { goCommand } from '../cluster/go-build.ts'

const source = 'github.com/prometheus-operator/prometheus-operator@v0.85.0'

/** The CRDs of PodMonitors and PrometheusRules, as the Prometheus Operator publishes them: files. */
export async function monitoringKinds(): Promise<readonly string[]> {
  const answer = await run(goCommand(), ['mod', 'download', '-json', source], {
    cwd: tmpdir(),
    env: { ...process.env, GOFLAGS: '-mod=mod' },
  })
  const { Dir: dir } = JSON.parse(answer) as { readonly Dir: string }
  return ['podmonitors', 'prometheusrules'].map((kind) =>
    join(dir, 'example', 'prometheus-operator-crd', `monitoring.coreos.com_${kind}.yaml`),
  )
}
