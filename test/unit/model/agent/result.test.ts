import { describe, expect, test } from 'vitest'
import { parseAgentResult } from '../../../../src/model/agent/result.ts'
import type { AgentResult } from '../../../../src/model/agent/task.ts'
import { snapshot } from '../../../builders/a-restore.ts'

const results: Readonly<Record<string, AgentResult>> = {
  'a file without a manifest': { result: 'Verified', snapshot },
  'a file with authentication': { result: 'Verified', snapshot, authEnabled: true },
  'a file with one': { result: 'Verified', snapshot, manifest: { cluster: 'demo', clusterId: 'c1', etcdVersion: '3.6.16', spec: 'e30=' } },
  'a backup': {
    result: 'BackedUp',
    snapshot,
    member: 'demo-1',
    clusterId: 'c1',
    etcdVersion: '3.6.16',
    completionTime: '2026-11-21T10:00:00Z',
    streamMs: 12,
    verifyMs: 3,
  },
  'a failure': { result: 'Failed', reason: 'SnapshotDamaged', message: 'page 7' },
  'a folder that is ready': { result: 'Prepared' },
  'restored data': { result: 'Published' },
  'a file that is gone': { result: 'Deleted' },
}

test.each(Object.entries(results))('%s is read as it was written', (_, result) => {
  expect(parseAgentResult(JSON.stringify(result))).toEqual(result)
})

describe('nothing is made of', () => {
  test.each(
    Object.entries({
      'no message': undefined,
      'an empty one': '',
      'the end of a log': 'panic: runtime error',
      'JSON of another kind': '[]',
      'a result that nobody knows': '{"result":"Done"}',
      'a reason that nobody knows': '{"result":"Failed","reason":"toString","message":""}',
      'facts that are missing': '{"result":"Verified"}',
      'facts of another type': JSON.stringify({ result: 'Verified', snapshot: { ...snapshot, size: '1' } }),
    }),
  )('%s', (_, text) => {
    expect(parseAgentResult(text)).toBeUndefined()
  })
})
