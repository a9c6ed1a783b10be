import { expect, it } from 'vitest'
import { causeIn } from '../../cluster/local/log-cause.ts'

const noise = [
  'I1127 10:00:00.000000   42 server.go:10] "Golang settings" GOGC=""',
  'E1127 10:00:01.000000   42 a.go:7] "Unable to sync" err="first trouble"',
]

it.each([
  [
    'the last words of a Kubernetes program',
    [...noise, 'E1127 10:00:02.123456   42 run.go:72] "command failed" err="failed to listen on 10.199.0.1:6443: address already in use"'],
    'failed to listen on 10.199.0.1:6443: address already in use',
  ],
  [
    'an error with quotes in it',
    ['E1127 10:00:02.123456   42 run.go:72] "command failed" err="open \\"/x\\": denied"', 'I1127 10:00:03.000000   42 x.go:1] bye'],
    'open "/x": denied',
  ],
  ['the last error, when nothing says that it is the end', noise, 'Unable to sync: first trouble'],
  [
    'a panic, before its stacks',
    [...noise, 'panic: runtime error: index out of range', '', 'goroutine 1 [running]:', 'main.main()'],
    'panic: runtime error: index out of range',
  ],
  [
    'the fatal line of etcd',
    [
      '{"level":"warn","ts":"2026-11-27T10:00:00Z","msg":"slow"}',
      '{"level":"fatal","ts":"2026-11-27T10:00:01Z","msg":"discovery failed","error":"listen tcp 127.0.0.1:23800: bind: address already in use"}',
    ],
    'discovery failed: listen tcp 127.0.0.1:23800: bind: address already in use',
  ],
  [
    'the fatal line of containerd',
    [
      'time="2026-11-27T10:00:00Z" level=info msg="starting"',
      'time="2026-11-27T10:00:01Z" level=fatal msg="failed to load plugin" error="no overlayfs"',
    ],
    'failed to load plugin: no overlayfs',
  ],
  ['the flag that a program does not know', ['Error: unknown flag: --what', 'Usage:'], 'unknown flag: --what'],
  ['the last line of a log without any error', ['one', 'two', ''], 'two'],
  ['an empty log: nothing', ['', ''], undefined],
])('the cause is %s', (_, lines, cause) => {
  expect(causeIn(lines.join('\n'))).toBe(cause)
})

it('a cause is a line, not a page', () => {
  expect(causeIn(`Error: ${'x'.repeat(10_000)}`)).toHaveLength(400)
})
