import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canariesOf, findsIn } from '../../e2e/canaries.ts'

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const encoded = (text: string) => Buffer.from(text).toString('base64')
const canaries = canariesOf([
  { metadata: { name: 'demo-client' }, data: { 'tls.key': encoded(key), 'tls.crt': encoded('public'), host: encoded('demo.ns.svc') } },
  { metadata: { name: 'app-etcd' }, data: { password: encoded('correct horse battery') } },
])
const finds = (text: string) => findsIn('a log', text, canaries)

describe('a canary', () => {
  test('is each private key and each password, and nothing that is public', () => {
    expect(canaries.map(({ of }) => of)).toEqual(['demo-client/tls.key', 'app-etcd/password'])
  })

  test.each([
    ['as it is', key, 'demo-client/tls.key in a log'],
    ['in JSON', JSON.stringify({ key }), 'demo-client/tls.key in a log'],
    ['as a Secret holds it', encoded(key), 'demo-client/tls.key in a log'],
    ['line by line', `x ${key.split('\n')[2]} y`, 'demo-client/tls.key in a log'],
    ['as a password', 'login with correct horse battery failed', 'app-etcd/password in a log'],
    ['as a password in base64', `{"p":"${encoded('correct horse battery')}"}`, 'app-etcd/password in a log'],
  ])('is found %s', (_, text, expected) => {
    expect(finds(text)).toEqual([expected])
  })

  test('is not found in what is alike', () => {
    expect(finds(`${other}${encoded(other)} public demo.ns.svc correct horse`)).toEqual([])
  })
})
