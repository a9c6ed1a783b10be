import { expect, test } from 'vitest'
import type { Etcd } from '../../../../src/adapters/etcd/calls.ts'
import { Failure } from '../../../../src/adapters/failure.ts'
import type { StoredMembers } from '../../../../src/model/cluster/view.ts'
import { unknown } from '../../../../src/model/known.ts'
import type { Comparing } from '../../../../src/observe/cluster/comparison.ts'
import { withStoredMembers } from '../../../../src/observe/cluster/stored-members.ts'
import { idOf, type Scene } from '../../../builders/a-cluster.ts'
import { betweenVersions } from '../../../builders/between-versions.ts'

const all = ['3.5.35', '3.5.35', '3.5.35']
const waiting = betweenVersions({ runs: all, wanted: '3.6.16' }).with({ storedMembers: unknown('not asked') })
const names = ['demo-0', 'demo-1', 'demo-2']

/** Members that have stored themselves, and answer with these IDs. */
function read(view: Scene, ids: Readonly<Record<string, string>> = {}) {
  const questions: string[] = []
  const asked: string[] = []
  const nameAt = ({ url }: { readonly url: string }) =>
    names.find((name) => url.includes(view.pods.find((pod) => pod.name === name)?.ip ?? '-')) ?? ''
  const etcd = {
    status: async (endpoint: { url: string }) => ({ memberId: ids[nameAt(endpoint)] ?? idOf(nameAt(endpoint)) }),
    storedMembers: async (endpoint: { url: string }) => {
      asked.push(nameAt(endpoint))
      if (ids.fails === nameAt(endpoint)) throw new Failure('timeout', 'its snapshot took too long')
      return [{ id: idOf(nameAt(endpoint)), isLearner: false }]
    },
  } as unknown as Etcd
  const reading: Comparing<StoredMembers> = (question, ask) => {
    questions.push(question)
    return ask(new AbortController().signal)
  }
  return withStoredMembers(etcd, view, reading).then(({ storedMembers }) => ({ storedMembers, questions, asked }))
}

test('what each member has stored is read, one after the other, while a change to 3.6 waits for it', async () => {
  const { storedMembers, asked } = await read(waiting)
  expect(asked).toEqual(names)
  expect(storedMembers.known && [...storedMembers.value.keys()]).toEqual(names)
})

test('it is not read while nothing needs it, nor while something else is waited for first', async () => {
  expect((await read(betweenVersions({ runs: all, wanted: '3.5.35' }))).questions).toEqual([])
  expect((await read(waiting.silent('demo-1'))).questions).toEqual([])
  expect((await read(waiting.withAnswer('demo-1', { alarms: [{ alarm: 'NOSPACE', memberId: 'b1' }] }))).questions).toEqual([])
})

test('another process of a member is another question', async () => {
  const [first] = (await read(waiting)).questions
  const [second] = (await read(waiting.withPod('demo-1', { uid: 'another' }))).questions
  expect(first).not.toBe(second)
})

test('nothing is known where a member fails, or where another member answers in its place', async () => {
  expect((await read(waiting, { fails: 'demo-1' })).storedMembers).toMatchObject({ known: false, why: 'its snapshot took too long' })
  expect((await read(waiting, { 'demo-1': 'beef' })).storedMembers).toMatchObject({ known: false, why: 'demo-1 answers as member beef' })
})
