import { styled, type Text } from './text.ts'

/** A command of etcdctl that the operator would undo, or that it does better itself. */
interface Reserved {
  /** The first words of the command; of the last one any of those that are named. */
  readonly words: readonly string[]
  readonly why: string
  /** The operator's way. */
  readonly instead: string
}

const reserved: readonly Reserved[] = [
  {
    words: ['member', 'add'],
    why: 'the operator takes a member that it did not add for a stranger, and stops',
    instead: 'kubectl scale ec NAME --replicas N',
  },
  {
    words: ['member', 'remove'],
    why: 'the operator lets the removed name join again',
    instead: 'spec.repair.replaceMembers exchanges a member; kubectl scale ec NAME makes the cluster smaller',
  },
  {
    words: ['member', 'update'],
    why: 'the operator writes peer URLs, and a wrong one cuts a member off',
    instead: 'spec.tls of the EtcdCluster',
  },
  { words: ['member', 'promote'], why: 'the operator promotes learners as soon as they are in sync', instead: 'kubectl etcd plan NAME' },
  {
    words: ['move-leader'],
    why: 'it would be moved beside a roll, or outside of the maintenance windows',
    instead: 'kubectl etcd move-leader NAME',
  },
  {
    words: ['defrag'],
    why: 'it would run beside a backup or another defragmentation, on a volume without room for it',
    instead: 'kubectl etcd defrag NAME',
  },
  {
    words: ['snapshot', 'restore'],
    why: 'it would write into the volume of a member that lives',
    instead: 'kubectl etcd restore BACKUP --as NAME',
  },
  {
    words: ['snapshot', 'save'],
    why: "it would fill the member's own volume, and nobody verifies it",
    instead: 'kubectl etcd backup NAME',
  },
  { words: ['downgrade', 'enable'], why: 'the operator takes it back', instead: 'spec.version of the EtcdCluster' },
  { words: ['downgrade', 'cancel'], why: 'the operator enables it again', instead: 'spec.version of the EtcdCluster' },
  {
    words: ['auth', 'enable'],
    why: 'users that nobody has made yet would be locked out, the operator among them',
    instead: 'spec.auth.enabled of the EtcdCluster',
  },
  { words: ['auth', 'disable'], why: 'the operator switches it on again', instead: 'spec.auth.enabled of the EtcdCluster' },
]

/** Flags of etcdctl whose value is the next argument. */
const withValue = new Set(
  'cacert cert command-timeout dial-timeout discovery-srv discovery-srv-name endpoints keepalive-time keepalive-timeout key password user write-out'
    .split(' ')
    .map((name) => `--${name}`)
    .concat('-w', '-d'),
)

/** Why a command of etcdctl is not run, with the operator's way; undefined: it may be. */
export function whyReserved(
  args: readonly string[],
  cluster: string,
): { readonly message: string; readonly hints: readonly Text[] } | undefined {
  const words = wordsOf(args)
  const found = reserved.find((one) => one.words.every((word, index) => words[index] === word))
  if (found === undefined) return undefined
  return {
    message: `etcdctl ${found.words.join(' ')} is the operator's to do: ${found.why}`,
    hints: [
      ["the operator's way: ", styled('command', found.instead.replaceAll('NAME', cluster))],
      ['to do it all the same: ', styled('command', '--force')],
    ],
  }
}

/** The words of the command without its flags, which may stand anywhere. */
function wordsOf(args: readonly string[]): readonly string[] {
  const words: string[] = []
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? ''
    if (arg === '--') return [...words, ...args.slice(index + 1)]
    if (!arg.startsWith('-')) words.push(arg)
    else if (withValue.has(arg)) index += 1
  }
  return words
}
