import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { didYouMean } from '../arguments.ts'
import type { Command } from '../command.ts'
import { whyReserved } from '../etcdctl-verbs.ts'
import { findCluster } from '../find-cluster.ts'
import { Problem, usageProblem } from '../problem.ts'
import { suggest } from '../suggest.ts'
import { styled } from '../text.ts'

export const ctl: Command = {
  name: 'ctl',
  summary: 'runs etcdctl in a healthy member, with its endpoint and certificates',
  about: [
    'By kubectl exec, so it needs that right; input, output and exit code are those of etcdctl. What the operator would undo, or does better itself, is refused with its way. Where authentication is on, the certificate in the pod names nobody: add --user.',
  ],
  positionals: [{ name: 'NAME', help: 'a cluster', completes: 'cluster' }],
  options: {
    member: { value: 'MEMBER', help: 'in this member; default: a ready one, a follower where there is one', completes: 'member' },
    force: { help: "also what is the operator's to do" },
  },
  passesOn: 'the command for etcdctl',
  examples: [
    { does: 'reads a key', line: 'ctl demo -- get /registry --prefix --keys-only' },
    { does: 'the state of all members', line: 'ctl demo -- endpoint status --cluster -w table' },
    { does: 'writes what comes from a pipe', line: 'ctl demo -- put key < file' },
  ],
  async run({ args, signal, connect, kubectl, terminal }) {
    const { passedOn } = args
    const name = args.required('NAME')
    if (passedOn.length === 0)
      throw usageProblem('ctl needs a command for etcdctl', [styled('command', `kubectl etcd ctl ${name} -- member list`)])
    const refusal = args.flag('force') ? undefined : whyReserved(passedOn, name)
    if (refusal !== undefined) throw new Problem(refusal.message, refusal.hints)
    const target = await connect()
    const cluster = await findCluster(target, name, signal)
    const member = memberFor(cluster, args.value('member'))
    const isTerminal = terminal.columns !== undefined && terminal.reads
    return kubectl([
      ...target.kubectlFlags,
      ...['exec', '--namespace', cluster.metadata.namespace, '--stdin', ...(isTerminal ? ['--tty'] : []), '--quiet', member],
      ...['--container', 'etcd', '--', 'etcdctl', ...passedOn],
    ])
  },
}

function memberFor({ metadata, status }: EtcdCluster, asked: string | undefined): string {
  const rows = status?.memberStatus ?? []
  const names = rows.map(({ name }) => name)
  if (asked !== undefined) {
    if (names.includes(asked)) return asked
    throw new Problem(`${metadata.name} has no member "${asked}"`, [...didYouMean(suggest(asked, names)), `members: ${names.join(', ')}`])
  }
  const ready = rows.filter(({ role, ready: isReady }) => role === 'Voter' && isReady)
  const chosen = ready.find(({ name }) => name !== status?.leader) ?? ready[0]
  if (chosen !== undefined) return chosen.name
  throw new Problem(`no member of ${metadata.name} is ready`, [
    ['why: ', styled('command', `kubectl etcd status ${metadata.name}`)],
    ...(names.length === 0 ? [] : [['to try one all the same: ', styled('command', `--member ${names[0]}`)]]),
  ])
}
