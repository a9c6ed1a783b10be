import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { packSpec, unpackSpec } from '../../../../src/model/agent/packed-spec.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'

test('a spec comes back as it was', () => {
  const { spec } = anEtcdCluster({ size: 5, pod: { nodeSelector: { zone: 'ä$(X)' } } })
  expect(unpackSpec(packSpec(spec))).toEqual(spec)
})

test('an ordinary spec leaves most of a termination message to the rest', () => {
  expect(packSpec(anEtcdCluster().spec).length).toBeLessThan(1000)
})

test('nothing else is taken for one', () => {
  const deflated = (text: string) => deflateRawSync(text).toString('base64')
  for (const packed of ['', 'no base64 !', deflated('no JSON'), deflated('[1]'), deflated('null'), packSpec({ a: 1 }).slice(0, 4)])
    expect(unpackSpec(packed), packed).toBeUndefined()
})

test('a small text that would unpack to a huge one is refused', () => {
  expect(unpackSpec(deflateRawSync(`{"a":"${'a'.repeat(8 << 20)}"}`).toString('base64'))).toBeUndefined()
})
