/**
 * How an etcd process ended, as far as its exit code and its last words tell.
 * - `empty-volume`    it found no write-ahead log: the amnesia guard. The log alone may be gone, with the database still there
 * - `emptied`         the leader knows a log under this ID, and the volume holds none: no restart helps
 * - `set-back`        the leader knows a longer log under this ID than the volume holds
 * - `corrupt`         the write-ahead log or the database can't be read
 * - `list-differs`    a joining member's list is not the cluster's list (the member started too early, or another member joined since)
 * - `peers-differ`    its data and a peer's data differ: this member or the peer is wrong, and the words don't tell which
 * - `left`            it ended by itself without an error: it was told to, or it was removed. Only the member list tells which
 * - `newer-data`      the data was written by a newer minor version of etcd
 * - `older-data`      the data was written by an etcd more than one minor version older
 * - `bad-option`      etcd refuses a setting of its config
 * - `volume-full`, `no-access`, `read-only`, `io-error`   what the operating system said of the volume
 * - `address-in-use`  another process on its network has one of its ports
 * - `out-of-memory`   the kernel killed it
 * - `other`           anything else
 *
 * None of them tells a volume that was set back while the leader changed, wrong values, or another process that holds the database:
 * those members start, or hang.
 */
export type ExitCause =
  | 'empty-volume'
  | 'emptied'
  | 'set-back'
  | 'corrupt'
  | 'list-differs'
  | 'peers-differ'
  | 'left'
  | 'newer-data'
  | 'older-data'
  | 'bad-option'
  | 'volume-full'
  | 'no-access'
  | 'read-only'
  | 'io-error'
  | 'address-in-use'
  | 'out-of-memory'
  | 'other'

/** What the kubelet reports of a container that exited. */
export interface LastWords {
  readonly exitCode: number
  /** The kubelet's word for it: `OOMKilled`, `Error`, `Completed`. */
  readonly reason: string
  /** The end of the log, at most 2048 bytes or 80 lines; empty after exit code 0. */
  readonly text: string
}

/** Why an etcd process ended. The words are those of etcd 3.5 to 3.7, raft, bbolt and Go; test/contract/damage.test.ts makes them say so. */
export function exitCause(words: LastWords): ExitCause {
  if (words.reason === 'OOMKilled') return 'out-of-memory'
  // The kubelet hands over no log then. etcd exits with 0 after SIGTERM, and often when it was removed.
  if (words.exitCode === 0) return 'left'
  return table.find(([, says]) => says.test(words.text))?.[0] ?? (isPlainRefusal(words) ? 'bad-option' : 'other')
}

/** The first that matches counts: a line may hold the words of several. */
const table: readonly (readonly [ExitCause, RegExp])[] = [
  ['empty-volume', /couldn't find local name/],
  ['list-differs', /member count is unequal|unmatched member while checking PeerURLs|cannot fetch cluster info from peer urls/],
  ['peers-differ', /found data inconsistency with peers/],
  ['emptied', /out of range \[lastIndex\(0\)\]/],
  // Where the panic's message was cut off, raft's functions are left in the trace.
  ['set-back', /tocommit\(\d+\) is out of range|state\.commit \d+ is out of range|\(\*raftLog\)\.commitTo|\(\*raft\)\.loadState/],
  ['volume-full', /no space left on device|disk quota exceeded/i],
  ['no-access', /permission denied|operation not permitted/i],
  ['read-only', /read-only file system/i],
  ['io-error', /input\/output error/i],
  ['address-in-use', /bind: |cannot assign requested address/],
  // Before `corrupt`: data that a version can't read looks like damage, and its panic goes through the same functions.
  ['newer-data', /invalid downgrade|MustDetectDowngrade|Failed to validate schema|version \\*"[^"]*\\*" is not supported/],
  ['older-data', /should never fail/],
  [
    'corrupt',
    /crc mismatch|cannot be repaired|slice bounds out of range, snapshot|proto: (Record: )?illegal|cannot parse invalid wire-format|cannot use none |file size too small|invalid database|failed to find database snapshot file|failed to recover v3 backend|freepages: |go\.etcd\.io\/bbolt|unexpected fault address|backend\.newBackend/,
  ],
  // A panic while the log or the database is opened at the start, whose message was cut off.
  [
    'corrupt',
    /goroutine[\s\S]*(storage\/backend\.|storage\.(newBackend|OpenBackend)|storage\/wal\.|server\/v3\/wal\.|etcdserver\.bootstrap|restartNode)/,
  ],
  ['bad-option', /failed to verify flags/],
  // A removed member says "permanently removed", and then so much more that these words are cut off.
  ['left', /permanently removed|"error":"server is stopping"/],
]

/**
 * Whether etcd said no in plain text: until it has read its config it has no logger of its own, and afterwards it logs JSON.
 * The text may begin in the middle of a line of JSON or of a panic's trace: these are told by any key, and by any place in the source.
 */
function isPlainRefusal({ exitCode, text }: LastWords): boolean {
  return (exitCode === 1 || exitCode === 2) && text.trim() !== '' && !/"[a-z-]+":|goroutine |\.go:\d|exec format error/.test(text)
}
