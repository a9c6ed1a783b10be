import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { redactObject, redactText } from '../../../src/plugin/report/redact.ts'
import { tar } from '../../../src/plugin/report/tar.ts'

const canary = 'c4n4ry-9f8e7d6c'

test.each([
  `-----BEGIN EC PRIVATE KEY-----\n${canary}\n-----END EC PRIVATE KEY-----`,
  `"key":"-----BEGIN PRIVATE KEY-----\\n${canary}\\n-----END PRIVATE KEY-----\\n"`,
  `-----BEGIN RSA PRIVATE KEY-----\n${canary} which was cut off`,
  `{"msg":"login","password":"${canary}"}`,
  `{"msg":"{\\"password\\": \\"${canary}\\"}"}`,
  `password=${canary} user=x`,
  `--password ${canary}`,
  `etcdctl --user root:${canary} get x`,
  `Authorization: Basic ${canary}`,
  `authorization: Bearer ${canary}`,
  `https://user:${canary}@host/path`,
  `token: ${canary}`,
  `AWS_SECRET_ACCESS_KEY=${canary}`,
  `eyJhbGciOiJSUzI1NiJ9.eyJ${canary.replace('-', '')}aaaa.${canary.replace('-', '')}`,
])('text loses what is secret: %s', (text) => {
  const left = redactText(text)
  expect(left).not.toContain(canary)
  expect(left).not.toContain(canary.replace('-', ''))
  expect(left).toContain('[redacted]')
})

test('text keeps what tells something', () => {
  const line =
    '{"level":"warn","msg":"slow fdatasync","took":"1.2s","secretName":"demo-client","member":"demo-0","url":"https://10.0.0.1:2379"}'
  expect(redactText(line)).toBe(line)
})

test('objects lose the values of foreign annotations and variables, and keep names of Secrets', () => {
  const pod = {
    metadata: {
      name: 'demo-0',
      annotations: { 'etcd-operator.dev/tls': 'Required', 'example.com/note': canary },
      managedFields: [{ manager: canary }],
    },
    spec: {
      containers: [
        {
          env: [
            { name: 'POD_NAME', value: 'demo-0' },
            { name: 'DB_URL', value: canary },
          ],
          args: [`--password=${canary}`],
        },
      ],
      volumes: [{ secret: { secretName: 'demo-client' } }],
      password: { secretName: 'mine', key: 'password' },
      token: canary,
    },
  }
  const left = JSON.stringify(redactObject(pod))
  expect(left).not.toContain(canary)
  expect(left).toContain('"etcd-operator.dev/tls":"Required"')
  expect(left).toContain('"secretName":"demo-client"')
  expect(left).toContain('"secretName":"mine"')
  expect(left).toContain('"value":"demo-0"')
})

test('an archive is read by tar, byte for byte', () => {
  const big = 'x'.repeat(1300)
  const archive = tar(
    [
      { path: 'a/one.txt', content: 'größe\n' },
      { path: 'a/empty.txt', content: '' },
      { path: 'a/big.txt', content: big },
    ],
    1_767_492_000,
  )
  const ask = (...args: readonly string[]) => execFileSync('tar', [...args], { input: archive }).toString('utf8')
  expect(ask('-t').split('\n')).toEqual(['a/one.txt', 'a/empty.txt', 'a/big.txt', ''])
  expect(ask('-xO', 'a/one.txt')).toBe('größe\n')
  expect(ask('-xO', 'a/big.txt')).toBe(big)
  expect(() => tar([{ path: 'x'.repeat(101), content: '' }], 0)).toThrow(/too long/)
})
