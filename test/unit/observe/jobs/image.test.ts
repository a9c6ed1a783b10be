import { describe, expect, test } from 'vitest'
import { Failure } from '../../../../src/adapters/failure.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import { agentImageReader } from '../../../../src/observe/jobs/image.ts'

const own = { namespace: 'etcd-operator-system', pod: 'etcd-operator-1' }
const { signal } = new AbortController()

function reader(answer: () => unknown) {
  let asked = 0
  const get = async () => {
    asked += 1
    return answer()
  }
  return { read: agentImageReader({ get } as unknown as Kube, own), asked: () => asked }
}

describe('the agent’s image', () => {
  test('is the operator’s own, with its pull secrets, and is asked for once', async () => {
    const container = { name: 'operator', image: 'registry.example/etcd-operator:1', imagePullPolicy: 'Always' }
    const { read, asked } = reader(() => ({
      spec: { containers: [{ name: 'mesh', image: 'x' }, container], imagePullSecrets: [{ name: 's' }] },
    }))
    const image = { name: 'registry.example/etcd-operator:1', pullPolicy: 'Always', pullSecrets: [{ name: 's' }] }
    expect(await read(signal)).toEqual({ known: true, value: image })
    expect(await read(signal)).toEqual({ known: true, value: image })
    expect(asked()).toBe(1)
  })

  test('is not known outside of a pod, and is looked for again', async () => {
    const { read, asked } = reader(() => undefined)
    expect(await read(signal)).toMatchObject({
      known: false,
      why: expect.stringContaining('there is no pod etcd-operator-system/etcd-operator-1'),
    })
    await read(signal)
    expect(asked()).toBe(2)
  })

  test('is not known without the right to read the pod', async () => {
    const { read } = reader(() => {
      throw new Failure('forbidden', 'User "x" cannot get resource "pods"')
    })
    expect(await read(signal)).toMatchObject({ known: false, why: expect.stringContaining('cannot get resource "pods"') })
  })
})
