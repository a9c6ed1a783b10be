import { ETCD_CLUSTER } from '../../adapters/kube/kinds.ts'
import type { Command, Context } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { styled } from '../text.ts'

export const pause: Command = {
  name: 'pause',
  summary: 'lets the operator only look at a cluster: spec.paused is set',
  about: ['Members run on. Nothing is repaired, restarted or scaled, and no certificate is renewed, until the cluster is resumed.'],
  positionals: [{ name: 'NAME', help: 'a cluster', completes: 'cluster' }],
  examples: [{ does: 'pauses demo', line: 'pause demo' }],
  run: (context) => setPaused(context, true),
}

export const resume: Command = {
  name: 'resume',
  summary: 'lets the operator look after a paused cluster again',
  positionals: [{ name: 'NAME', help: 'a cluster', completes: 'cluster' }],
  examples: [{ does: 'resumes demo', line: 'resume demo' }],
  run: (context) => setPaused(context, false),
}

async function setPaused({ args, terminal, signal, connect }: Context, paused: boolean): Promise<number> {
  const { kube, ...target } = await connect()
  const cluster = await findCluster({ kube, namespace: target.namespace }, args.required('NAME'), signal)
  const { namespace, name, uid } = cluster.metadata
  if (cluster.spec.paused === paused) {
    terminal.print(paused ? `${name} is paused already` : `${name} is not paused`)
    return exitCodes.ok
  }
  await kube.patch(ETCD_CLUSTER, { namespace, name }, { metadata: { uid }, spec: { paused } }, signal)
  terminal.print(paused ? `${name} is paused: its members run on, and nothing is repaired` : `${name} is resumed`)
  if (!paused) terminal.note(['what the operator does next: ', styled('command', `kubectl etcd plan ${name}`)])
  return exitCodes.ok
}
