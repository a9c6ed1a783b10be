import { copyFileSync, cpSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { run, runNode } from '../cluster/command.ts'
import { isLong, type Stage, scenario } from './harness.ts'
import { blocksOf, root } from './pages.ts'

/** What a newcomer is told to type, typed. */

scenario('the quick start works as it stands there', { seconds: 420, skip: !isLong }, async (stage) => {
  // The first two make a Kubernetes and install the operator.
  const [, , ...blocks] = blocksOf('docs/quick-start.md', 'sh')
  expect(blocks.length).toBeGreaterThan(7)
  const type = await shellOf(stage)
  let said = ''
  for (const block of blocks) said += await type(block.replace('npm run build && export PATH=$PWD/dist:$PATH\n', ''))
  expect(said).toMatch(/OK\s+hello\s+world/)
  expect(said).toMatch(/before-the-upgrade .*Completed|before-the-upgrade .*verified/i)
  expect((await type('kubectl get ec,ecb,ecr,pvc')).trim()).toBe('')
})

scenario('a bare etcd becomes a cluster of the operator, by the page about it', { seconds: 180, skip: !isLong }, async (stage) => {
  const { kubectl, k8s, namespace } = stage
  await kubectl(['apply', '--filename', '-'], JSON.stringify(oldEtcd))
  await kubectl(['wait', '--for=condition=Ready', 'pod/old-etcd', '--timeout=60s'])
  for (const key of ['a', 'b', 'c']) await kubectl(['exec', 'old-etcd', '--', 'etcdctl', 'put', key, `value of ${key}`])

  const page = 'docs/coming-from.md'
  const [claim = '', take = '', restore = '', away = ''] = blocksOf(page, 'sh')
  const [job = '', wish = ''] = blocksOf(page, 'yaml')
  const type = await shellOf({ k8s, namespace }, { 'snapshot.yaml': job, 'restore.yaml': wish })
  await type(claim)
  expect(await type(take)).toContain('/backups/old.db')
  expect(await type(restore)).toMatch(/^3$/m)
  expect(await kubectl(['exec', 'demo-0', '--', 'etcdctl', 'get', 'b', '--print-value-only'])).toBe('value of b\n')
  await type(away)
})

/**
 * A shell in a folder with the examples and these files, as a person has it: kubectl and its plugin on the PATH, and a kubeconfig whose
 * context names the namespace. Resolves with what the words print; throws where a command fails.
 */
async function shellOf({ k8s, namespace }: Pick<Stage, 'k8s' | 'namespace'>, files: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'newcomer-'))
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  expect(await runNode(['scripts/build.ts', join(folder, 'bin')], { quiet: true })).toBe(0)
  symlinkSync(k8s.info.kubectl, join(folder, 'bin', 'kubectl'))
  copyFileSync(k8s.info.kubeconfig, join(folder, 'kubeconfig'))
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, KUBECONFIG: join(folder, 'kubeconfig') }
  const type = (words: string) => run('sh', ['-euc', words], { cwd: folder, env })
  await type(`kubectl config set-context --current --namespace=${namespace}`)
  return type
}

const oldEtcd = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'old-etcd', labels: { app: 'old-etcd' } },
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'etcd',
            image: 'gcr.io/etcd-development/etcd:v3.6.16',
            command: [
              'etcd',
              '--data-dir=/data/etcd',
              '--listen-client-urls=http://0.0.0.0:2379',
              '--advertise-client-urls=http://old-etcd:2379',
            ],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            readinessProbe: { tcpSocket: { port: 2379 }, periodSeconds: 1 },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
        volumes: [{ name: 'data', emptyDir: {} }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'old-etcd' },
      spec: { selector: { app: 'old-etcd' }, ports: [{ port: 2379 }] },
    },
  ],
}
