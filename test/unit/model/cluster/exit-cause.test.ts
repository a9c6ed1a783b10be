import { expect, test } from 'vitest'
import { type ExitCause, exitCause } from '../../../../src/model/cluster/exit-cause.ts'

const json = (msg: string, error: string) => JSON.stringify({ level: 'fatal', ts: '2026-11-21T09:59:30Z', msg, error })
const trace = (...lines: readonly string[]) => `goroutine 1 [running]:\n${lines.join('\n')}\nmain.main()\n\t/go/main.go:20 +0x1d`

/** Shortened words of real members; test/contract/damage.test.ts has them say the whole. */
const rows: readonly (readonly [string, ExitCause, number, string])[] = [
  ['no log', 'empty-volume', 1, json('discovery failed', 'couldn\'t find local name "m3" in the initial cluster configuration')],
  ['a list of another length', 'list-differs', 1, json('discovery failed', 'error validating peerURLs: member count is unequal')],
  ['another peer', 'list-differs', 1, json('discovery failed', 'unmatched member while checking PeerURLs')],
  ['no peer to ask', 'list-differs', 1, json('discovery failed', 'cannot fetch cluster info from peer urls: could not retrieve')],
  ['a peer with other data', 'peers-differ', 1, json('failed to start', 'a1 found data inconsistency with peers')],
  [
    'a leader that remembers a log',
    'emptied',
    2,
    'panic: tocommit(71) is out of range [lastIndex(0)]. Was the raft log corrupted, truncated, or lost?',
  ],
  ['a leader that remembers more', 'set-back', 2, 'panic: tocommit(3726) is out of range [lastIndex(3725)]. Was the raft log corrupted?'],
  ['the same, cut off', 'set-back', 2, trace('go.etcd.io/raft/v3.(*raftLog).commitTo(0xc000, 0xe8e)')],
  ['a commit beyond the log', 'set-back', 2, 'panic: 8a state.commit 90 is out of range [7, 80]'],
  ['a full disk', 'volume-full', 2, json('failed to save snapshot', 'write: no space left on device')],
  ['another owner', 'no-access', 2, json('failed to open database', 'open /var/lib/etcd/x/member/snap/db: permission denied')],
  ['a read-only file system', 'read-only', 1, json('discovery failed', 'cannot access data directory: mkdir: read-only file system')],
  ['a failing disk', 'io-error', 1, json('failed to read WAL', 'read 0.wal: input/output error')],
  ['a taken port', 'address-in-use', 1, json('discovery failed', 'listen tcp 0.0.0.0:2380: bind: address already in use')],
  ['data of a newer minor', 'newer-data', 1, json('invalid downgrade; server version is lower than determined cluster version', '')],
  ['a newer schema', 'newer-data', 1, json('failed', 'Failed to validate schema: version "3.7.0" is not supported')],
  ['a newer minor, cut off', 'newer-data', 2, trace('version.MustDetectDowngrade(0x0)', 'etcdserver.bootstrap({})')],
  ['the end of a trace', 'other', 2, 'etcdserver.bootstrap({})\n\tgo.etcd.io/etcd/server/v3@v3.6.16/etcdserver/bootstrap.go:104 +0xb6a'],
  ['the end of a line', 'other', 1, String.raw`ver/v3@v3.6.16/main.go:31\nruntime.main\n\truntime/proc.go:290"}`],
  ['the end of a line that tells no place', 'other', 1, 'url":"http://127.0.0.1:2379","data-dir":"/var/lib/etcd"}'],
  ['data that is too old', 'older-data', 2, 'panic: unmarshal should never fail (proto: cannot parse invalid wire-format data)'],
  ['a flipped bit in the log', 'corrupt', 1, json('failed to read WAL', "walpb: crc mismatch: expected: 1 computed: 2 in file '0.wal'")],
  ['a flipped length', 'corrupt', 1, json('failed to read WAL, cannot be repaired', 'proto: Record: illegal tag 0 (wire type 0)')],
  ['a hole between log and snapshot', 'corrupt', 1, json('failed', 'wal: slice bounds out of range, snapshot[Index: 0]')],
  ['an empty log file', 'corrupt', 2, 'panic: cannot use none as id'],
  ['no database', 'corrupt', 2, json('failed to recover v3 backend from snapshot', "snap: snapshot file doesn't exist")],
  ['a short database', 'corrupt', 2, json('failed to open database', 'file size too small')],
  ['a wrong page, cut off', 'corrupt', 2, trace('go.etcd.io/bbolt.(*DB).page(...)')],
  ['a mapped page that is not there', 'corrupt', 2, 'unexpected fault address 0x7f00'],
  ['a panic in the log, cut off', 'corrupt', 2, trace('go.etcd.io/etcd/server/v3/etcdserver.bootstrapRaftFromWAL(0x0)')],
  [
    'a wrong setting',
    'bad-option',
    1,
    'error verifying flags, --election-timeout[1ms] should be at least as 5 times as --heartbeat-interval[100ms]',
  ],
  ['another processor', 'other', 1, 'exec /usr/local/bin/etcd: exec format error'],
  ['a panic of another kind', 'other', 2, trace('main.other()')],
  ['a signal', 'other', 137, ''],
  ['no word at all', 'left', 0, ''],
  ['the end of a removed member', 'left', 1, json('listener failed', 'server is stopping')],
]

test.each(rows)('%s is %s', (_, cause, exitCode, text) => {
  expect(exitCause({ exitCode, reason: 'Error', text })).toBe(cause)
})

test('a container that the kernel killed is out of memory, whatever etcd had logged', () => {
  expect(exitCause({ exitCode: 137, reason: 'OOMKilled', text: '{"level":"warn","msg":"apply request took too long"}' })).toBe(
    'out-of-memory',
  )
})

test('a warning of etcd about the disk does not hide why it ended', () => {
  const text = `{"level":"warn","msg":"slow fdatasync"}\n${json('discovery failed', "couldn't find local name")}`
  expect(exitCause({ exitCode: 1, reason: 'Error', text })).toBe('empty-volume')
})
